"""A new stage is one folder and one line: make finds it, and articles pass through it."""
import json
import os
import shutil
import subprocess

NEWS = ("The bridge in Leeds opened again on Monday after nine months of repairs, the city council "
        "said. Engineers had found cracks in two of its piers last winter.\n")
STAGE = """\
#include "runtime/stage.h"

#include <string.h>

int stage_process(stage_t *self, const article_t *in, article_t *out)
{
    const char *text = article_text(in);
    if (text == NULL) {
        return stage_reject(self, "article %s has no clean text", article_id(in));
    }
    json_t *section = json_pack("{s:I}", "bytes", (json_int_t)strlen(text));
    return article_set_section(out, "shout", section, stage_fault(self));
}
"""


def copy_tree(root, build, tree):
    """What a build needs, with what is built already: times are kept, so make knows."""
    for name in ("proto", "services", "config", build):
        shutil.copytree(f"{root}/{name}", f"{tree}/{name}",
                        ignore=shutil.ignore_patterns("tests", "train", "lint", "asan", "clang", "fuzz", "prometheus"))
    shutil.copy2(f"{root}/Makefile", tree)


def add_line(path):
    """The one line: {"name": "shout"} before the sink."""
    with open(path, encoding="utf-8") as file:
        pipeline = json.load(file)
    at = next(i for i, stage in enumerate(pipeline["stages"]) if stage.get("sink"))
    pipeline["stages"].insert(at, {"name": "shout"})
    with open(path, "w", encoding="utf-8") as file:
        json.dump(pipeline, file)


def run(tree, *command, text=""):
    done = subprocess.run(command, cwd=tree, input=text, text=True, timeout=600,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def test_a_new_stage_is_one_folder_and_one_line(tmp_path, root, programs):
    build = os.path.relpath(os.path.dirname(programs), root)
    tree = tmp_path / "tree"
    copy_tree(root, build, tree)

    (tree / "services" / "shout").mkdir()
    (tree / "services" / "shout" / "stage.c").write_text(STAGE, encoding="utf-8")
    add_line(tree / "config" / "pipeline.json")
    words = ["asan", "ASAN_WORDS=all"] if build.endswith("asan") else ["all"]
    run(tree, "make", "--no-print-directory", *words)

    article = {"id": "new", "text": NEWS}
    rows = run(tree, f"{build}/bin/nutgraf", "run", "-", text=json.dumps(article) + "\n")
    result = json.loads(rows)
    assert result["id"] == "new"
    assert result["shout"]["bytes"] == len(result["clean"]["text"].encode())
    assert "shout" in [entry["stage"] for entry in result["trace"]]
    assert result["summary"]["sentences"], "the stages after and before it ran as well"
