#!/usr/bin/python3
"""The clean stage beside its peers, on the development pages of DATA (../shared/data).

    make bench-clean

Quality: trafilatura, readability-lxml, newspaper4k, jusText and resiliparse (pinned in
clean_peers/pins.txt, installed from the Python index into build/bench/peers) and the stage, by the
scorers that come with the data. The models that ship are grown on all of these sites, so each
page is given to the stage with models that had not seen its site (clean_folds.py). Answers of
peers are kept under build/bench.

Speed: pages with all metadata through --filter on one core, against trafilatura in turn on the
same pages in the same run, ROUNDS (3) rounds, medians; the parser's own share; memory; and
seconds by page size up to 10 MB, in build/bench/clean_sizes.txt. PARTS (quality,speed)
chooses. The last line is `BENCH clean key=value …`.
"""
import base64
import gzip
import hashlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

os.environ.setdefault("BUILD", os.environ.get("NUTGRAF_BUILD", "build"))
import clean_folds  # noqa: E402
import score_clean as sc  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
WORK = sc.BUILD / "bench" / "clean"
VENV = sc.BUILD / "bench" / "peers"
ASK = HERE / "clean_peers/ask.py"
PINS = HERE / "clean_peers/pins.txt"
PEERS = ("trafilatura", "readability-lxml", "newspaper4k", "jusText", "resiliparse")
ROUNDS = int(os.environ.get("ROUNDS", "3"))
PARTS = os.environ.get("PARTS", "quality,speed").split(",")
SPEED_STEP = 4  # of the large sets, each fourth page
SIZES = [10 << 10, 100 << 10, 1 << 20, 2 << 20, 5 << 20, 10 << 20]
# The truth of these has day and month swapped, as the pages and the names of their files say.
SWAPPED_DATES = ("de-KlasseGegenKlasse_2026_01_07", "tr-AnadoluAjansi_2025_04_05")
KEYS = ("shingle_f1", "bow_f1", "snip_f1", "title", "authors", "date")


# --- peers ---------------------------------------------------------------------------------

def install_peers():
    mark = VENV / "pins"
    if mark.exists() and mark.read_text() == PINS.read_text():
        return
    print("installing the peers into", VENV, file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
    pip = [VENV / "bin/python", "-m", "pip", "install", "-q"]
    subprocess.run([*pip, "-U", "pip"], check=True)
    subprocess.run([*pip, "-r", PINS], check=True)
    mark.write_text(PINS.read_text())


def page_path(folder, page_id):
    """The page as a plain file."""
    for path in (folder / f"{page_id}.html", folder.parent / f"{page_id}.html"):
        if path.exists():
            return path
    plain = WORK / "pages" / f"{page_id}.html"
    if not plain.exists():
        plain.parent.mkdir(parents=True, exist_ok=True)
        plain.write_bytes(gzip.decompress((folder / f"{page_id}.html.gz").read_bytes()))
    return plain


def pages(name):
    folder = sc.pages_of(name)
    return [{"id": x["id"], "path": str(page_path(folder, x["id"])),
             "url": x["url"] if str(x.get("url")).startswith("http") else None}
            for x in sc.truth_of(name)]


def ask_peer(peer, listed):
    """The peer's answers, and its processor seconds."""
    done = subprocess.run([VENV / "bin/python", ASK, peer], check=True,
                          input="".join(json.dumps(x) + "\n" for x in listed), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return lines[:-1], lines[-1]["seconds"]


def kept_answers(peer, name):
    """The same, asked once per set of pins."""
    pins = hashlib.sha1(PINS.read_bytes() + ASK.read_bytes()).hexdigest()
    path = WORK / f"{peer}-{name}-{pins[:8]}.jsonl"
    if not path.exists():
        print(f"asking {peer} for {name}", file=sys.stderr)
        answers, _ = ask_peer(peer, pages(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(x) + "\n" for x in answers), encoding="utf-8")
    return sc.read_jsonl(path)


# --- quality -------------------------------------------------------------------------------

def show(label, found):
    print(f"{label:<18}" + "".join(f"{found[k]:9.3f}" if k in found else f"{'-':>9}"
                                   for k in KEYS))


def compare(name):
    print(f"\n{name:<18}" + "".join(f"{k[:8]:>9}" for k in KEYS))
    best = {}
    for peer in PEERS:
        found = sc.ask_scorer("score.py", sc.truth_of(name), kept_answers(peer, name),
                              "--boot", "1")
        show(peer, found)
        best = {k: max(best.get(k, 0), found.get(k, 0)) for k in KEYS}
    ours = clean_folds.score_pages(name)
    show("nutgraf", ours)
    print(f"refused {ours['faults']} of {ours['pages']}; behind a peer: " +
          (", ".join(f"{k} {ours[k]:.3f} < {best[k]:.3f}" for k in KEYS
                     if k in ours and ours[k] < best[k]) or "nowhere"))
    if name == "fundus-dev":
        show_dates(ours["other_dates"])
    return ours


def show_dates(others):
    for page, (truth, found) in others.items():
        note = ": day and month swapped in the truth" if page in SWAPPED_DATES else ""
        print(f"date of {page}: {found or 'none'}, truth {truth}{note}")


def quality():
    install_peers()
    clean_folds.build()
    bench = {}
    for name in sc.SETS:
        ours = compare(name)
        bench[name.replace("-", "_")] = ours.get("shingle_f1", ours.get("snip_f1"))
        if name == "fundus-dev":
            bench |= {k: ours[k] for k in ("title", "authors", "date")}
    print()
    for name in sc.LINE_SETS:
        for region in (True, False):
            found = clean_folds.score_lines(name, region)
            label = f"lines_{'region' if region else 'whole'}"
            print(f"{name}.{label}: F1 {found['F1']:.3f}, exact {found['exact']:.3f}")
            if name == "fundus-dev":
                bench |= {label: found["F1"], "exact" if region else "exact_whole": found["exact"]}
    return bench


# --- speed ---------------------------------------------------------------------------------

def submission(page):
    data = base64.b64encode(pathlib.Path(page["path"]).read_bytes()).decode()
    return json.dumps({"id": page["id"], "html_base64": data} |
                      ({"url": page["url"]} if page["url"] else {})).encode() + b"\n"


def peak_kb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1])
    return 0


def cpu_s(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run_stage(lines):
    """Processor seconds and peak memory in KiB of one run of --filter over the lines."""
    answers = WORK / "speed.jsonl"
    with open(answers, "wb") as out:
        stage = subprocess.Popen([sc.BUILD / "bin/nutgraf-clean", "--filter"],
                                 stdin=subprocess.PIPE, stdout=out)
        start = cpu_s(stage.pid)
        for line in lines:
            stage.stdin.write(line)
        stage.stdin.flush()
        while answers.read_bytes().count(b"\n") < len(lines):
            time.sleep(0.02)
        seconds, memory = cpu_s(stage.pid) - start, peak_kb(stage.pid)
        stage.stdin.close()
        if stage.wait() != 0:
            raise SystemExit("nutgraf-clean failed")
    return seconds, memory


def compile_parser():
    program = sc.BUILD / "tests/clean_bench"
    program.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["make", "-s", f"BUILD={os.environ['BUILD']}",
                    f"{os.environ['BUILD']}/modules/clean.a"], cwd=sc.ROOT, check=True)
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "jansson", "icu-uc", "icu-i18n",
                            "libxml-2.0", "libsodium", "libxxhash"], check=True, text=True,
                           stdout=subprocess.PIPE).stdout.split()
    subprocess.run([os.environ.get("CC", "cc"), "-O2", "-std=c11", "-D_GNU_SOURCE",
                    f"-I{sc.ROOT}", f"-I{sc.ROOT}/services", HERE / "clean_bench.c",
                    sc.BUILD / "modules/clean.a", sc.BUILD / "libnutgraf.a", *flags, "-lcld2",
                    "-lm", "-o", program], check=True)
    return program


def parser_seconds(program, listed):
    done = subprocess.run([program], input="".join(x["path"] + "\n" for x in listed), text=True,
                          check=True, stdout=subprocess.PIPE)
    return float(done.stdout)


def speed_pages():
    return [page for name in sc.SETS for i, page in enumerate(pages(name))
            if name == "fundus-dev" or i % SPEED_STEP == 0]


def grown_page(size):
    """A page of that many bytes: ever other paragraphs, links and boxes."""
    parts, used, i = [], 0, 0
    while used < size:
        part = (f'<div class="box b{i}"><h2>Part {i}</h2><p>Ship {i} left the harbour on day '
                f'{i % 365} with {i * 7 % 1000} people, and <a href="/s/{i}">its owner</a> said '
                f'that it would be back before the ice came, as it had been each year.</p>'
                f'<img src="/i/{i}.jpg" alt="The ship {i}"></div>\n')
        parts.append(part)
        used, i = used + len(part), i + 1
    return f"<!DOCTYPE html><html><body><article>{''.join(parts)}</article></body></html>"


def sizes():
    """Seconds by size, as a table and a plot of characters."""
    rows = []
    for size in SIZES:
        line = json.dumps({"id": "x", "html": grown_page(size)}).encode() + b"\n"
        count = max(1, (4 << 20) // size)
        seconds, memory = run_stage([line] * count)
        rows.append((size, seconds / count, memory))
    most = max(s / size for size, s, _ in rows)
    text = "".join(f"{size:>9} bytes {s * 1000:9.2f} ms {size / s / 1e6:7.1f} MB/s "
                   f"{memory // 1024:5} MB  {'#' * round(40 * s / size / most)}\n"
                   for size, s, memory in rows)
    (WORK.parent / "clean_sizes.txt").write_text(
        "Processor time by page size; the bar is time a byte, even where cost is linear\n" + text)
    print(text, end="")


def speed():
    install_peers()
    program, listed = compile_parser(), speed_pages()
    lines = [submission(page) for page in listed]
    megabytes = sum(os.path.getsize(page["path"]) for page in listed) / 1e6
    ours, theirs, parser, memory = [], [], [], 0
    for _ in range(ROUNDS):
        seconds, peak = run_stage(lines)
        ours.append(seconds)
        memory = max(memory, peak)
        parser.append(parser_seconds(program, listed))
        theirs.append(ask_peer("trafilatura", listed)[1])
    mine, peer, parse = map(statistics.median, (ours, theirs, parser))
    print(f"\n{len(listed)} pages, {megabytes:.1f} MB, {ROUNDS} rounds, medians of processor time")
    for label, s in (("nutgraf-clean", mine), ("of it the parser", parse), ("trafilatura", peer)):
        print(f"{label:<18}{len(listed) / s:9.1f} pages/s {megabytes / s:8.1f} MB/s")
    sizes()
    return {"pages_s": len(listed) / mine, "mb_s": megabytes / mine, "parser_share": parse / mine,
            "ratio_trafilatura": peer / mine, "rss_mb": memory / 1024}


def main():
    WORK.mkdir(parents=True, exist_ok=True)
    bench = speed() if "speed" in PARTS else {}
    bench |= quality() if "quality" in PARTS else {}
    print("\nBENCH clean " + " ".join(f"{k}={v:.3f}" for k, v in bench.items()))


if __name__ == "__main__":
    main()
