/* The page at /, its files, the description of the interface, and the sample articles. */
#include "gateway/assets.h"
#include "gateway/gateway.h"

#include <stdio.h>
#include <string.h>

/* Nothing but our own files, and no word of script or style inside the page. */
static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

static void send_file(request_t *request, const asset_t *file)
{
    request_add_header(request, "Content-Security-Policy", policy);
    request_add_header(request, "Cross-Origin-Opener-Policy", "same-origin");
    request_add_header(request, "Cache-Control", "no-cache");
    request_answer(request, 200, file->type, file->bytes, file->len, ANSWER_STATIC);
}

void page_get(gateway_t *self, request_t *request, const char *rest)
{
    const asset_t *file = assets_find(rest[0] != '\0' ? rest : "index.html");
    (void)self;
    if (file == NULL) {
        problem_answer(request, PROBLEM_NOT_FOUND, "%s is not here", request_path(request));
    } else {
        send_file(request, file);
    }
}

static const char prefix[] = "samples/";

void page_samples(gateway_t *self, request_t *request, const char *rest)
{
    json_t *items = json_array();
    const asset_t *file;
    (void)self;
    (void)rest;
    for (size_t i = 0; (file = assets_at(i)) != NULL; i++) {
        if (strncmp(file->name, prefix, sizeof prefix - 1) == 0) {
            json_array_append_new(
                items, json_pack("{s:s, s:s, s:I}", "name", file->name + sizeof prefix - 1,
                                 "type", file->type, "bytes", (json_int_t)file->len));
        }
    }
    gateway_answer_json(request, 200, "application/json",
                        json_pack("{s:o}", "items", items));
}

/* As text, whatever it is: a sample is somebody else's page. */
void page_sample(gateway_t *self, request_t *request, const char *rest)
{
    char name[200];
    (void)self;
    snprintf(name, sizeof name, "%s%s", prefix, rest);
    const asset_t *file = assets_find(name);
    if (file == NULL) {
        problem_answer(request, PROBLEM_NOT_FOUND, "no sample is called so");
        return;
    }
    asset_t as_text = *file;
    as_text.type = "text/plain; charset=utf-8";
    send_file(request, &as_text);
}
