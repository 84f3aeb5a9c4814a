/* Fetch: gets the page of a submission that is a url alone. */
#include "runtime/stage.h"

#include "fetch/fetcher.h"
#include "runtime/config.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LOOK_MS = 50, ALLOW_MAX = 32 };

const char *const stage_summary = "gets the pages of submissions that are a url alone";
const char *const stage_version = "1";

static const config_option_t options[] = {
    {"user_agent", CONFIG_TEXT, "nutgraf", 0, 0, NULL,
     "how sites see us; its first word is looked for in robots.txt"},
    {"robots", CONFIG_BOOL, "true", 0, 0, NULL, "obey robots.txt"},
    {"delay_ms", CONFIG_INT, "1000", 0, 3600000, NULL,
     "ms between two requests of this process to one host, at least"},
    {"delay_max_ms", CONFIG_INT, "15000", 0, 3600000, NULL,
     "ms; a longer Crawl-delay counts as so long"},
    {"timeout_ms", CONFIG_INT, "20000", 1, 600000, NULL, "ms for each request"},
    {"page_max_kb", CONFIG_INT, "8192", 1, 65536, NULL,
     "KiB of a page, unpacked; a larger one is refused"},
    {"redirects", CONFIG_INT, "5", 0, 20, NULL, "redirects that are followed"},
    {.key = "allow_addresses",
     .type = CONFIG_JSON,
     .fallback = "[]",
     .help = "a list of addresses that may be connected to though they are not public"},
};
const stage_manual_t stage_manual = {options, sizeof options / sizeof *options};

typedef struct {
    config_t *config;
    const char *allow[ALLOW_MAX + 1];
    fetcher_t *fetcher;
} state_t;

/* --- opening -------------------------------------------------------------------------- */

/* In short steps, so that the end of the process is seen. */
static bool wait_ms(void *context, int64_t ms)
{
    stage_t *stage = context;
    while (ms > 0 && !stage_is_ending(stage)) {
        int64_t step_ms = ms < LOOK_MS ? ms : LOOK_MS;
        const struct timespec pause = {.tv_nsec = (long)step_ms * 1000000};
        nanosleep(&pause, NULL);
        stage_progress(stage);
        ms -= step_ms;
    }
    return ms <= 0;
}

static int read_allow(stage_t *self, state_t *state)
{
    const json_t *list = config_json(state->config, "allow_addresses");
    size_t count = json_array_size(list);
    for (size_t i = 0; i < count && i < ALLOW_MAX; i++) {
        state->allow[i] = json_string_value(json_array_get(list, i));
    }
    if (!json_is_array(list) || count > ALLOW_MAX ||
        (count > 0 && state->allow[count - 1] == NULL)) {
        return stage_reject(self, "fetch: allow_addresses needs a list of at most %d texts",
                            ALLOW_MAX);
    }
    return 0;
}

int stage_open(stage_t *self)
{
    state_t *state = calloc(1, sizeof *state);
    stage_set_state(self, state);
    if (state == NULL) {
        return stage_retry(self, "no memory for the stage");
    }
    state->config =
        config_from_json(stage_options(self), "stage \"fetch\": options", "FETCH", options,
                         sizeof options / sizeof *options, stage_fault(self));
    if (state->config == NULL || read_allow(self, state) != 0) {
        return -1;
    }
    const fetcher_options_t how = {
        .user_agent = config_text(state->config, "user_agent"),
        .allow = state->allow,
        .obeys_robots = config_bool(state->config, "robots"),
        .delay_ms = config_int(state->config, "delay_ms"),
        .delay_max_ms = config_int(state->config, "delay_max_ms"),
        .timeout_ms = config_int(state->config, "timeout_ms"),
        .bytes_max = (size_t)config_int(state->config, "page_max_kb") * 1024,
        .redirects_max = (int)config_int(state->config, "redirects"),
        .wait = wait_ms,
        .context = self,
    };
    state->fetcher = fetcher_new(&how);
    return state->fetcher != NULL ? 0 : stage_retry(self, "no memory for the fetcher");
}

void stage_close(stage_t *self)
{
    state_t *state = stage_state(self);
    if (state != NULL) {
        fetcher_destroy(&state->fetcher);
        config_destroy(&state->config);
    }
    free(state);
    stage_set_state(self, NULL);
}

/* --- an article ----------------------------------------------------------------------- */

/* The bytes as base64; NULL: no memory. */
static json_t *encode(const http_answer_t *answer)
{
    size_t room =
        sodium_base64_encoded_len(answer->body_len, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(room);
    json_t *value = NULL;
    if (text != NULL) {
        sodium_bin2base64(text, room, (const unsigned char *)answer->body, answer->body_len,
                          sodium_base64_VARIANT_ORIGINAL);
        value = json_string(text);
    }
    free(text);
    return value;
}

/* A header's text, which may be any bytes, or null. */
static json_t *text_of(const char *header)
{
    json_t *text = header != NULL ? json_string(header) : NULL;
    return text != NULL ? text : json_null();
}

static int keep_page(stage_t *self, const fetcher_page_t *page, const article_t *in,
                     article_t *out)
{
    const http_answer_t *answer = &page->answer;
    json_t *raw = json_copy((json_t *)article_section(in, "raw"));
    json_t *content = encode(answer);
    if (raw == NULL || content == NULL ||
        json_object_set_new(raw, "html_base64", content) != 0 ||
        json_object_set_new(raw, "content_type", text_of(answer->content_type)) != 0) {
        json_decref(raw);
        return stage_retry(self, "no memory for the page of %s", article_id(in));
    }
    json_t *fetch =
        json_pack("{s:o, s:i, s:I, s:o, s:o}", "url", text_of(page->url), "status",
                  answer->status, "bytes", (json_int_t)answer->body_len, "etag",
                  text_of(answer->etag), "last_modified", text_of(answer->last_modified));
    if (fetch == NULL) {
        json_decref(raw);
        return stage_retry(self, "no memory for the page of %s", article_id(in));
    }
    int rc = article_set_section(out, "raw", raw, stage_fault(self));
    return article_set_section(out, "fetch", fetch, stage_fault(self)) == 0 ? rc : -1;
}

/* What an article may ask: what its section `fetch` said the last time, null too. */
static int check_own(stage_t *self, const article_t *in, const json_t *own)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)own, key, value)
    {
        if (strcmp(key, "etag") != 0 && strcmp(key, "last_modified") != 0) {
            return stage_reject(self,
                                "article %s: options.fetch: unknown key \"%.100s\", it "
                                "takes etag and last_modified",
                                article_id(in), key);
        }
        if (!json_is_string(value) && !json_is_null(value)) {
            return stage_reject(self, "article %s: options.fetch: %s needs a text",
                                article_id(in), key);
        }
    }
    return 0;
}

int stage_process(stage_t *self, const article_t *in, article_t *out)
{
    state_t *state = stage_state(self);
    if (!article_is_url_only(in)) {
        return 0;
    }
    const json_t *own = article_options(in, "fetch");
    if (check_own(self, in, own) != 0) {
        return -1;
    }
    const fetcher_known_t known = {
        .etag = json_string_value(json_object_get(own, "etag")),
        .last_modified = json_string_value(json_object_get(own, "last_modified")),
    };
    const char *url = json_string_value(json_object_get(article_json(in), "url"));
    fetcher_page_t page;
    int rc = fetcher_get(state->fetcher, url, &known, &page, stage_fault(self));
    if (rc == 0) {
        rc = keep_page(self, &page, in, out);
    }
    fetcher_page_close(&page);
    return rc;
}
