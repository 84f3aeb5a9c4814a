"""Every endpoint, command and state of the page has a test through the real door.

The tables name it: what the OpenAPI document, `nutgraf --help` and the page's own sources have
and a table has not is a fault, and so is a test that is not there or whose own text never asks for it."""
import ast
import functools
import json
import os
import re
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# Where it is asked for: a file of tests/, and a test in it.
ENDPOINTS = {
    "POST /v1/articles": ("e2e/gateway_test.py", "test_one_article_is_taken_and_comes_out"),
    "GET /v1/articles/{id}": ("e2e/gateway_test.py", "test_the_journey_of_an_article"),
    "GET /v1/results": ("e2e/gateway_test.py", "test_results_are_a_stream_that_goes_on"),
    "GET /v1/dead-letters": ("e2e/gateway_test.py", "test_a_dead_letter_is_listed_and_tried_again"),
    "GET /v1/dead-letters/{id}": ("e2e/gateway_test.py", "test_a_dead_letter_is_listed_and_tried_again"),
    "POST /v1/dead-letters/retry": ("e2e/gateway_test.py", "test_a_dead_letter_is_listed_and_tried_again"),
    "GET /v1/status": ("e2e/gateway_test.py", "test_status_metrics_and_probes"),
    "GET /metrics": ("e2e/gateway_test.py", "test_status_metrics_and_probes"),
    "GET /livez": ("e2e/gateway_test.py", "test_status_metrics_and_probes"),
    "GET /readyz": ("e2e/gateway_test.py", "test_without_a_broker_nothing_is_promised"),
    "GET /openapi.json": ("e2e/gateway_openapi_test.py", "test_what_it_names_is_there"),
    "GET /samples": ("e2e/gateway_test.py", "test_the_samples_are_listed_and_read"),
    "GET /samples/{name}": ("e2e/gateway_test.py", "test_the_samples_are_listed_and_read"),
}
COMMANDS = {
    "run": ("e2e/serve_test.py", "test_it_serves_until_it_is_interrupted"),
    "submit": ("e2e/command_test.py", "test_submit_wait_says_how_each_article_ended"),
    "tail": ("e2e/command_test.py", "test_tail_gives_the_last_rows_and_follows"),
    "status": ("e2e/command_test.py", "test_status_shows_stages_and_workers"),
    "top": ("e2e/top_test.py", "test_it_follows_the_articles_and_the_dead_letters"),
    "dead-letters": ("e2e/command_test.py", "test_dead_letters_are_listed_with_reasons"),
    "trace": ("e2e/steering_test.py", "test_trace_tells_where_an_article_waits"),
    "pause": ("e2e/steering_test.py", "test_a_paused_stage_waits_until_it_is_resumed_over_a_restart_too"),
    "resume": ("e2e/steering_test.py", "test_a_paused_stage_waits_until_it_is_resumed_over_a_restart_too"),
    "drain": ("e2e/steering_test.py", "test_drain_waits_for_what_a_worker_holds"),
    "cancel": ("e2e/steering_test.py", "test_cancelled_articles_are_dead_letters_that_a_retry_brings_back"),
    "reprocess": ("e2e/steering_test.py", "test_reprocess_takes_ids_and_says_how_many_it_does_not_know"),
    "metrics": ("e2e/steering_test.py", "test_metrics_are_those_of_prometheus"),
    "health": ("e2e/command_test.py", "test_health_is_0_when_the_broker_answers"),
    "doctor": ("e2e/doctor_test.py", "test_in_words_each_failure_says_what_to_do"),
    "bench": ("e2e/manual_test.py", "test_it_measures_each_stage_and_all_together"),
    "completion": ("e2e/manual_test.py", "test_another_shell_is_refused"),
    "keygen": ("e2e/curve_test.py", "test_keygen_says_as_json_what_it_made"),
}
PAGE, ACCESS, STATES = (f"e2e/gateway_page{name}_test.py" for name in ("", "_access", "_states"))
# What is hidden in index.html until it is asked for.
PARTS = {
    "view-try": (ACCESS, "test_nothing_sticks_out_and_all_can_be_read"),
    "view-dashboard": (ACCESS, "test_nothing_sticks_out_and_all_can_be_read"),
    "outcome": (PAGE, "test_a_sample_is_shown_three_ways"),
    "give-token": (ACCESS, "test_the_dialog_for_a_token_can_be_closed"),
    "ask-token": (PAGE, "test_a_token_is_asked_for_once"),
}
# What its scripts may say, and who has read it; where the scripts have ${...}, the test has what stands there.
SAYINGS = {
    "reading …": (STATES, "test_where_nobody_works_it_says_so"),
    "It is ${found.state} at ${found.stage}; is there a worker for it? The dashboard shows.": (STATES, "test_where_nobody_works_it_says_so"),
    "paused": (STATES, "test_where_nobody_works_it_says_so"),
    "None. Every article has come through or is on its way.": (STATES, "test_where_nobody_works_it_says_so"),
    "There is nothing to read yet: paste a page, or pick a sample.": (PAGE, "test_a_page_that_is_none_says_why"),
    "It is read, but ${left.join(\"; \")}": (STATES, "test_a_destination_that_is_down_is_told_and_holds_up_no_reader"),
    "not yet delivered by ${it.stage}${why}":
        (STATES, "test_a_destination_that_is_down_is_told_and_holds_up_no_reader"),
    "none has passed for ${span(stage.trouble_ms)}: ${stage.trouble}":
        (STATES, "test_a_destination_that_is_down_is_told_and_holds_up_no_reader"),
    "It became a dead letter at ${found.stage}: ${found.reason}": (PAGE, "test_a_page_that_is_none_says_why"),
    "waits for a worker": (STATES, "test_each_state_of_a_journey_has_its_words"),
    "is worked on": (STATES, "test_each_state_of_a_journey_has_its_words"),
    "waits to be tried again": (STATES, "test_each_state_of_a_journey_has_its_words"),
    "; the last: ": (STATES, "test_each_state_of_a_journey_has_its_words"),
    "delivered; the broker keeps it no longer": (STATES, "test_each_state_of_a_journey_has_its_words"),
    "delivered, and still kept": (PAGE, "test_an_id_is_found"),
    "draining": (STATES, "test_a_worker_that_drains_and_more_workers_than_rows"),
    "${WORKERS} of ${count(all.length)}": (STATES, "test_a_worker_that_drains_and_more_workers_than_rows"),
    "the first ${count(items.length)} of ${count(total)}": (STATES, "test_more_letters_than_are_read_and_one_that_somebody_else_took"),
    "and ${count(ids.length - LISTED)} more": (STATES, "test_more_letters_than_are_read_and_one_that_somebody_else_took"),
    "gone already": (STATES, "test_more_letters_than_are_read_and_one_that_somebody_else_took"),
    "cannot be read from disk": (STATES, "test_letters_that_the_disk_has_lost_are_told"),
    "Retry these": (PAGE, "test_stages_workers_and_letters_are_live"),
    "${count(many)} again, then: ": (STATES, "test_more_letters_than_are_read_and_one_that_somebody_else_took"),
    "read before": (PAGE, "test_a_sample_is_shown_three_ways"),
    "there and back": (PAGE, "test_a_sample_is_shown_three_ways"),
    "${count(many)} again": (PAGE, "test_stages_workers_and_letters_are_live"),
    "dead letter: ${found.reason}": (STATES, "test_an_article_that_is_known_no_more_while_it_is_shown_is_told"),
    "the gateway does not answer": (PAGE, "test_a_gateway_that_goes_and_comes_back_is_told"),
    "a token is needed": (ACCESS, "test_the_dialog_for_a_token_can_be_closed"),
    "This token is not known here": (ACCESS, "test_the_dialog_for_a_token_can_be_closed"),
    "Copied": (PAGE, "test_json_and_curl_can_be_copied"),
    "The browser says no": (STATES, "test_a_browser_that_lends_no_clipboard_is_told"),
    "${count(status.queued)} queued · ${count(status.finished)} finished": (PAGE, "test_a_gateway_that_goes_and_comes_back_is_told"),
    "${count(out)} of ${count(judged.length)} lines taken out": (PAGE, "test_a_sample_is_shown_three_ways"),
}
# Texts of several words that are no state: names of tags and classes, headings of what is always there.
NO_STATE = [
    "${value < 10 && value !== Math.round(value) ? value.toFixed(1) : Math.round(value)} ${unit}",
    "${value < 10 && place > 0 ? value.toFixed(1) : Math.round(value)} ${units[place]}",
    '${i === 0 ? "M" : "L"}${((first + i) * step).toFixed(1)} ${(28 - 26 * (value / most)).toFixed(1)}',
    "${rate >= 100 ? count(rate) : rate.toFixed(1)}/s",
    "waited ${span(entry.queued_ms || 0)}, worked ${span(entry.process_ms || 0)}",
    "${STATES[found.state] || found.state}, attempt ${found.attempt}, for ${span(found.waited_ms)}",
    "address article aside blockquote br dd div dl dt fieldset figcaption figure ",
    "footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol option p pre section select table td th ",
    "script style noscript template head iframe object svg math", "tr ul button label",
    "${TYPES[mention.type]}: ${mention.name}", "${TYPES[type]} ${sums.get(type)}", "country or city", "date or byline",
    ": ${it.reason}", "not article", "status ${status}", "Bearer ${token}", "nav a", "nutgraf: dashboard", "pulse ${state}",
    "Dead letters", "On disk", "of ${bytes(status.disk_bytes + status.room_bytes)}", "${span(worker.seen_ms)} ago",
    "${group.stage}: ${group.reason}", "${count(clean.word_count)} words", "chip ${type}", "chips words", "demo page",
    "shows where it stands in the article", "${item.stage}: ${kindOf(item.reason, item.id)}",
    "curl ${quote(url.href)}${token} -H 'Content-Type: application/json' --data-binary "]
TABLES = {"endpoint": ENDPOINTS, "command": COMMANDS, "part": PARTS, "saying": SAYINGS}


@functools.lru_cache(None)
def source_of(path, name):
    """The text of a test, with its decorators; None: there is none of this name."""
    with open(f"{ROOT}/tests/{path}", encoding="utf-8") as file:
        text = file.read()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            first = min([node.lineno, *(it.lineno for it in node.decorator_list)])
            return "\n".join(text.splitlines()[first - 1:node.end_lineno])
    return None


@pytest.mark.parametrize("kind", TABLES)
def test_each_test_that_is_named_is_there(kind):
    missing = [f"{what}: {path}: {name}" for what, (path, name) in TABLES[kind].items() if source_of(path, name) is None]
    assert not missing, "\n".join(missing)


ASKING = {"get": "GET", "lines": "GET", "post": "POST"}


def asked_by(source):
    """Each (method, path) that a test asks a gateway for; what it fills in is an x."""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args \
                and call.func.attr in ASKING:
            first = call.args[0]
            parts = first.values if isinstance(first, ast.JoinedStr) else [first]
            words = "".join(str(it.value) if isinstance(it, ast.Constant) else "x" for it in parts)
            yield ASKING[call.func.attr], words.split("?")[0]


def test_each_endpoint_is_asked(root):
    with open(f"{root}/services/gateway/openapi.json", encoding="utf-8") as file:
        paths = json.load(file)["paths"]
    assert {f"{method.upper()} {path}" for path, item in paths.items() for method in item} == set(ENDPOINTS)
    for endpoint, where in ENDPOINTS.items():
        method, path = endpoint.split()
        pattern = re.sub(r"\\{\w+\\}", ".+", re.escape(path))
        assert any(asked == method and re.fullmatch(pattern, place) for asked, place in asked_by(source_of(*where))), \
            (endpoint, where)


def test_each_command_is_run(programs):
    text = subprocess.run([f"{programs}/nutgraf", "--help"], capture_output=True, text=True, check=True).stdout
    listed = [line.split()[0] for line in text.split("COMMANDS\n")[1].split("\n\n")[0].splitlines()]
    assert set(listed) == set(COMMANDS)
    for command, where in COMMANDS.items():
        assert f'"{command}"' in source_of(*where), (command, where)


def test_each_part_of_the_page_is_seen(root):
    with open(f"{root}/services/gateway/page/index.html", encoding="utf-8") as file:
        page = file.read()
    hidden = re.findall(r'<[a-z]+ [^>]*?id="([^"]+)"[^>]*? hidden', page) + re.findall(r'<dialog id="([^"]+)"', page)
    assert set(hidden) == set(PARTS)
    for part, where in PARTS.items():
        assert f'"#{part}"' in source_of(*where), (part, where)


def pattern_of(saying):
    """What a test reads of it: a word, or a name in braces, stands where a script fills one in."""
    return r"(?:[\w,]+|\{\w+\})".join(re.escape(it) for it in re.split(r"\$\{[^{}]*\}", saying))


def test_each_saying_of_the_page_is_read(root):
    """A new text of several words in a script needs a row in SAYINGS, or in NO_STATE; so do words
    that are added to one."""
    for saying, where in SAYINGS.items():
        assert re.search(pattern_of(saying), source_of(*where)), (saying, where)
    text = ""
    for name in ("app.js", "dashboard.js", "demo.js"):
        with open(f"{root}/services/gateway/page/{name}", encoding="utf-8") as file:
            text += re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    gone = [words for words in (*SAYINGS, *NO_STATE) if words not in text]
    assert not gone, f"the page says it no more: {gone}"
    texts = [one or other for one, other in re.findall(r'"([^"\n]*)"|`([^`]*)`', text)]
    known = sorted(SAYINGS, key=len, reverse=True)
    rests = {it: functools.reduce(lambda rest, words: rest.replace(words, "\0"), known, it)
             for it in texts if it not in NO_STATE}
    new = [it for it, rest in rests.items() if re.search(r"[a-z…}:;] +[a-z$]", rest)]
    assert not new, f"nobody has read on the page: {new}"
