"""Every endpoint, command and state of the page has a test through the real door.

The tables name it: what the OpenAPI document, `nutgraf --help` and the page's own sources have
and a table has not is a fault, and so is a test that is not there or never asks for it."""
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
    "doctor": ("e2e/doctor_test.py", "test_a_destination_that_answers_is_well"),
    "bench": ("e2e/manual_test.py", "test_it_measures_each_stage_and_all_together"),
    "completion": ("e2e/manual_test.py", "test_another_shell_is_refused"),
    "keygen": ("e2e/curve_test.py", "test_keygen_makes_private_files_and_a_line_each"),
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
# What its scripts may say: part of the text, and who has read it.
SAYINGS = {
    "reading": (STATES, "test_where_nobody_works_it_says_so"),
    "is there a worker for it": (STATES, "test_where_nobody_works_it_says_so"),
    "paused": (STATES, "test_where_nobody_works_it_says_so"),
    "Every article has come through": (STATES, "test_where_nobody_works_it_says_so"),
    "nothing to read": (PAGE, "test_a_page_that_is_none_says_why"),
    "dead letter at": (PAGE, "test_a_page_that_is_none_says_why"),
    "waits for a worker": (STATES, "test_each_state_of_a_journey_has_its_words"),
    "is worked on": (STATES, "test_each_state_of_a_journey_has_its_words"),
    "waits to be tried again": (STATES, "test_each_state_of_a_journey_has_its_words"),
    "; the last: ": (STATES, "test_each_state_of_a_journey_has_its_words"),
    "delivered; the broker keeps it no longer": (STATES, "test_each_state_of_a_journey_has_its_words"),
    "delivered, and still kept": (PAGE, "test_an_id_is_found"),
    "draining": (STATES, "test_a_worker_that_drains_and_more_workers_than_rows"),
    "of ${count(all.length)}": (STATES, "test_a_worker_that_drains_and_more_workers_than_rows"),
    "the first ${count(items.length)} of": (STATES, "test_more_letters_than_are_read_and_one_that_somebody_else_took"),
    "and ${count(ids.length - LISTED)} more": (STATES, "test_more_letters_than_are_read_and_one_that_somebody_else_took"),
    "gone already": (STATES, "test_more_letters_than_are_read_and_one_that_somebody_else_took"),
    "cannot be read from disk": (STATES, "test_letters_that_the_disk_has_lost_are_told"),
    "Retry these": (PAGE, "test_stages_workers_and_letters_are_live"),
    "${count(many)} again": (PAGE, "test_stages_workers_and_letters_are_live"),
    "dead letter: ": (STATES, "test_more_letters_than_are_read_and_one_that_somebody_else_took"),
    "the gateway does not answer": (PAGE, "test_a_gateway_that_goes_and_comes_back_is_told"),
    "a token is needed": (ACCESS, "test_the_dialog_for_a_token_can_be_closed"),
    "This token is not known here": (ACCESS, "test_the_dialog_for_a_token_can_be_closed"),
    "Copied": (PAGE, "test_json_and_curl_can_be_copied"),
    "The browser says no": (STATES, "test_a_browser_that_lends_no_clipboard_is_told"),
    "queued · ": (PAGE, "test_a_gateway_that_goes_and_comes_back_is_told"),
    "lines taken out": (PAGE, "test_a_sample_is_shown_three_ways"),
}
# Texts of several words that are no state: names of tags and classes, headings of what is always there.
NO_STATE = [
    "nav a", "pulse ${", "chip ${", "chips words", "address article aside", "footer form h1", "tr ul button",
    "script style noscript", "--data-binary ", "Bearer ${token}", "demo page", "status ${status}", "${value < 10",
    "${i === 0", "${rate >= 100", "${item.stage}: ${", "nutgraf: dashboard", "Dead letters", "On disk",
    "of ${bytes(", "ago", "waited ${", "${STATES[found.state]", "date or byline", "country or city", "not article",
    "${TYPES[", "words", "shows where it stands", "there and back ", "${group.stage}: ${"]
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


def test_each_endpoint_is_asked(root):
    with open(f"{root}/services/gateway/openapi.json", encoding="utf-8") as file:
        paths = json.load(file)["paths"]
    assert {f"{method.upper()} {path}" for path, item in paths.items() for method in item} == set(ENDPOINTS)
    for endpoint, where in ENDPOINTS.items():
        fixed = endpoint.split()[1].split("{")[0]
        assert fixed in source_of(*where), (endpoint, where)


def test_each_command_is_run(programs):
    text = subprocess.run([f"{programs}/nutgraf", "--help"], capture_output=True, text=True, check=True).stdout
    listed = [line.split()[0] for line in text.split("COMMANDS\n")[1].split("\n\n")[0].splitlines()]
    assert set(listed) == set(COMMANDS)
    for command, (path, name) in COMMANDS.items():
        with open(f"{ROOT}/tests/{path}", encoding="utf-8") as file:  # by the test or a helper of its file
            assert f'"{command}"' in source_of(path, name) + file.read(), (command, path)


def test_each_part_of_the_page_is_seen(root):
    with open(f"{root}/services/gateway/page/index.html", encoding="utf-8") as file:
        page = file.read()
    hidden = re.findall(r'<[a-z]+ [^>]*?id="([^"]+)"[^>]*? hidden', page) + re.findall(r'<dialog id="([^"]+)"', page)
    assert set(hidden) == set(PARTS)


def test_each_saying_of_the_page_is_read(root):
    """A new text of several words in a script needs a row in SAYINGS, or in NO_STATE."""
    text = ""
    for name in ("app.js", "dashboard.js", "demo.js"):
        with open(f"{root}/services/gateway/page/{name}", encoding="utf-8") as file:
            text += re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    gone = [words for words in (*SAYINGS, *NO_STATE) if words not in text]
    assert not gone, f"the page says it no more: {gone}"
    texts = [one or other for one, other in re.findall(r'"([^"\n]*)"|`([^`]*)`', text)]
    new = [it for it in texts if re.search(r"[a-z…}:;] +[a-z$]", it)
           and not any(words in it or it in words for words in (*SAYINGS, *NO_STATE))]
    assert not new, f"nobody has read on the page: {new}"
