#include "runtime/admission.h"

#include "runtime/spelling.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { KNOWN_MAX = PIPELINE_STAGES_MAX * (PIPELINE_NAME_MAX + 2) };

/* Whether a stage before place `end` reads options under this name, which is that of its
 * program: places in the route have names of their own. */
static bool is_program(const pipeline_t *route, size_t end, const char *name)
{
    for (size_t i = 0; i < end; i++) {
        const pipeline_stage_t *stage = pipeline_at(route, i);
        if (!stage->is_sink && strcmp(stage->program, name) == 0) {
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
        if (!stage->is_sink && !is_program(route, i, stage->program)) {
            len += (size_t)snprintf(out + len, KNOWN_MAX - len, "%s%s", len > 0 ? ", " : "",
                                    stage->program);
        }
    }
}

/* The program of the place of that name, else the one that is spelled most alike; NULL:
 * none is like it. */
static const char *find_nearest(const pipeline_t *route, const char *name)
{
    size_t least = strlen(name) / 2 + 1;
    const char *nearest = NULL;
    for (size_t i = 0; i < pipeline_count(route); i++) {
        const pipeline_stage_t *stage = pipeline_at(route, i);
        bool is_place = strcmp(stage->name, name) == 0;
        size_t distance = is_place ? 0 : spelling_distance(name, stage->program);
        if (!stage->is_sink && distance < least) {
            least = distance;
            nearest = stage->program;
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
        if (!is_program(route, pipeline_count(route), name)) {
            refuse(route, name, fault);
            return -1;
        }
    }
    return 0;
}
