/* Prints the tokens of texts for the trainers: a line of JSON in ({"text": ...}) each.
 *
 *     dump tokens < TEXTS           out: a line each, [[start, end, shape, whether a
 * sentence begins], ...], bytes dump features MODEL < TEXTS   out: uint32 each: count, then
 * for each token start, end, whether a sentence begins, hash of the word, features
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encoder/spelling.h"
#include "tag/features.h"

static int print_tokens(const tokens_t *tokens, const gazetteer_t *gazetteer)
{
    (void)gazetteer;
    putchar('[');
    for (size_t i = 0; i < tokens_count(tokens); i++) {
        const token_t *token = tokens_at(tokens, i);
        printf("%s[%u,%u,%d,%d]", i > 0 ? "," : "", token->start, token->end,
               (int)spelling_of(token, tokens_text(tokens)),
               (token->flags & TOKEN_STARTS) != 0);
    }
    return puts("]") < 0 ? -1 : 0;
}

static int print_features(const tokens_t *tokens, const gazetteer_t *gazetteer)
{
    enum { PLACE = 4 };
    uint32_t row[PLACE + FEATURES_COUNT], count = (uint32_t)tokens_count(tokens);
    features_t *features = features_new(tokens, gazetteer);
    bool is_written = features != NULL && fwrite(&count, sizeof count, 1, stdout) == 1;
    for (size_t i = 0; i < count && is_written; i++) {
        const token_t *token = tokens_at(tokens, i);
        row[0] = token->start;
        row[1] = token->end;
        row[2] = (token->flags & TOKEN_STARTS) != 0;
        row[3] = token->lower;
        features_at(features, i, row + PLACE);
        is_written = fwrite(row, sizeof row, 1, stdout) == 1;
    }
    features_destroy(&features);
    return is_written ? 0 : -1;
}

static int print_all(int (*print)(const tokens_t *, const gazetteer_t *),
                     const gazetteer_t *gazetteer)
{
    char *line = NULL;
    size_t room = 0;
    int rc = 0;
    while (rc == 0 && getline(&line, &room, stdin) > 0) {
        json_error_t error;
        json_t *row = json_loads(line, 0, &error);
        const char *text = json_string_value(json_object_get(row, "text"));
        tokens_t *tokens = text == NULL ? NULL : tokens_new(text, strlen(text));
        rc = tokens == NULL ? -1 : print(tokens, gazetteer);
        tokens_destroy(&tokens);
        json_decref(row);
    }
    free(line);
    if (rc != 0) {
        fprintf(stderr, "dump: a line is no {\"text\": ...}, or no memory\n");
    }
    return rc;
}

static int dump_features(const char *path)
{
    fault_t fault = {0};
    int rc = -1;
    gazetteer_t *gazetteer = NULL;
    model_t *model = model_load(path, &fault);
    if (model != NULL) {
        gazetteer = gazetteer_new(model, path, &fault);
    }
    if (gazetteer == NULL) {
        fprintf(stderr, "dump: %s\n", fault.reason);
    } else {
        rc = print_all(print_features, gazetteer);
    }
    gazetteer_destroy(&gazetteer);
    model_destroy(&model);
    return rc;
}

int main(int count, char **words)
{
    if (count == 2 && strcmp(words[1], "tokens") == 0) {
        return print_all(print_tokens, NULL) != 0;
    }
    if (count == 3 && strcmp(words[1], "features") == 0) {
        return dump_features(words[2]) != 0;
    }
    fprintf(stderr, "dump tokens, or dump features MODEL\n");
    return 2;
}
