#include "runtime/admission.h"

#include "runtime/spelling.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { KNOWN_MAX = PIPELINE_STAGES_MAX * (PIPELINE_NAME_MAX + 2) };

/* Stages may be called by their place in the route or by their program. */
static bool is_stage(const pipeline_t *route, const char *name)
{
    for (size_t i = 0; i < pipeline_count(route); i++) {
        const pipeline_stage_t *stage = pipeline_at(route, i);
        if (!stage->is_sink &&
            (strcmp(stage->name, name) == 0 || strcmp(stage->program, name) == 0)) {
            return true;
        }
    }
    return false;
}

/* "clean, tag, summarise" */
static void write_known(char out[KNOWN_MAX], const pipeline_t *route)
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < pipeline_count(route); i++) {
        const pipeline_stage_t *stage = pipeline_at(route, i);
        if (!stage->is_sink) {
            len += (size_t)snprintf(out + len, KNOWN_MAX - len, "%s%s", len > 0 ? ", " : "",
                                    stage->name);
        }
    }
}

/* The stage that is spelled most alike; NULL: none is like it. */
static const char *find_nearest(const pipeline_t *route, const char *name)
{
    size_t least = strlen(name) / 2 + 1;
    const char *nearest = NULL;
    for (size_t i = 0; i < pipeline_count(route); i++) {
        const pipeline_stage_t *stage = pipeline_at(route, i);
        size_t distance = spelling_distance(name, stage->name);
        if (!stage->is_sink && distance < least) {
            least = distance;
            nearest = stage->name;
        }
    }
    return nearest;
}

static void refuse(const pipeline_t *route, const char *name, fault_t *fault)
{
    char known[KNOWN_MAX];
    const char *nearest = find_nearest(route, name);
    write_known(known, route);
    fault_set(fault, FAULT_REJECT,
              "field \"options.%.100s\" names no stage that reads options%s%s%s: there "
              "are %s",
              name, nearest != NULL ? ", the nearest is \"" : "",
              nearest != NULL ? nearest : "", nearest != NULL ? "\"" : "", known);
}

int admission_check(const pipeline_t *route, const article_t *article, fault_t *fault)
{
    const char *name;
    json_t *value;
    json_t *options = (json_t *)(uintptr_t)article_section(article, "options");
    if (article_is_url_only(article) &&
        (route == NULL || !pipeline_has_program(route, "fetch"))) {
        fault_set(fault, FAULT_REJECT,
                  "field \"url\" stands alone, and the route has no stage to fetch it: put "
                  "fetch before clean in pipeline.json, or give html, html_base64 or text");
        return -1;
    }
    json_object_foreach(route != NULL ? options : NULL, name, value)
    {
        if (!is_stage(route, name)) {
            refuse(route, name, fault);
            return -1;
        }
    }
    return 0;
}
