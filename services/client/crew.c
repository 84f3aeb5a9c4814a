#include "client/crew.h"

#include "client/workplace.h"
#include "runtime/place.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PROGRAM_MAX = PATH_MAX + PIPELINE_NAME_MAX + 16 };

static int find_program(const char *name, char out[PROGRAM_MAX], fault_t *fault)
{
    char folder[PATH_MAX];
    if (place_programs(folder, sizeof folder, fault) != 0) {
        return -1;
    }
    snprintf(out, PROGRAM_MAX, "%s/nutgraf-%s", folder, name);
    return 0;
}

static int check_stage(const pipeline_stage_t *stage, fault_t *fault)
{
    char program[PROGRAM_MAX], variable[PIPELINE_NAME_MAX + 32];
    if (find_program(stage->program, program, fault) != 0) {
        return -1;
    }
    if (access(program, X_OK) != 0) {
        fault_set(fault, FAULT_REJECT,
                  "pipeline.json: stage \"%s\": its program cannot be run: %s: %s",
                  stage->name, program, strerror(errno));
        return -1;
    }
    if (stage->workers == 0) {
        workplace_variable(stage, "WORKERS", variable, sizeof variable);
        fault_set(fault, FAULT_REJECT,
                  "pipeline.json: stage \"%s\": workers is 0, `nutgraf run` needs at least "
                  "1 (workers in pipeline.json, or %s)",
                  stage->name, variable);
        return -1;
    }
    return 0;
}

int crew_check(const pipeline_t *pipeline, fault_t *fault)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < pipeline_count(pipeline); i++) {
        rc = check_stage(pipeline_at(pipeline, i), fault);
    }
    return rc;
}

static int start(children_t *children, const char *name, const char *program,
                 const char *stage, const char *log, fault_t *fault)
{
    char path[PROGRAM_MAX], log_path[PATH_MAX + PIPELINE_NAME_MAX + 32];
    if (find_program(program, path, fault) != 0) {
        return -1;
    }
    int word = (int)strcspn(name, " "); /* "tag 2" writes to tag-2 */
    const char *rest = name + word;
    snprintf(log_path, sizeof log_path, "%s/%.*s%s%s", log, word, name,
             rest[0] != '\0' ? "-" : "", rest[0] != '\0' ? rest + 1 : "");
    const char *argv[] = {path, stage != NULL ? "--stage" : NULL, stage, NULL};
    return children_start(children, name, argv, log_path, fault);
}

int crew_start(children_t *children, const pipeline_t *pipeline, bool has_gateway,
               const char *log, fault_t *fault)
{
    int rc = start(children, "broker", "broker", NULL, log, fault);
    for (size_t i = 0; rc == 0 && i < pipeline_count(pipeline); i++) {
        const pipeline_stage_t *stage = pipeline_at(pipeline, i);
        for (int64_t worker = 1; rc == 0 && worker <= stage->workers; worker++) {
            char name[PIPELINE_NAME_MAX + 24];
            snprintf(name, sizeof name, "%s %" PRId64, stage->name, worker);
            rc = start(children, name, stage->program, stage->name, log, fault);
        }
    }
    return rc == 0 && has_gateway ? start(children, "gateway", "gateway", NULL, log, fault)
                                  : rc;
}
