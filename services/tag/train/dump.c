/* Prints the tokens of texts, for the trainer of the encoder: one line of JSON in
 * ({"text": ...}), one out: [[start, end, shape, whether a sentence begins], ...], bytes.
 */
#include "tag/shape.h"
#include "tag/tokens.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int print_tokens(const char *text)
{
    tokens_t *tokens = tokens_new(text, strlen(text));
    if (tokens == NULL) {
        return -1;
    }
    putchar('[');
    for (size_t i = 0; i < tokens_count(tokens); i++) {
        const token_t *token = tokens_at(tokens, i);
        printf("%s[%u,%u,%d,%d]", i > 0 ? "," : "", token->start, token->end,
               (int)shape_of(token, text), (token->flags & TOKEN_STARTS) != 0);
    }
    tokens_destroy(&tokens);
    return puts("]") < 0 ? -1 : 0;
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    int rc = 0;
    while (rc == 0 && getline(&line, &room, stdin) > 0) {
        json_error_t error;
        json_t *row = json_loads(line, 0, &error);
        const char *text = json_string_value(json_object_get(row, "text"));
        rc = text == NULL ? -1 : print_tokens(text);
        json_decref(row);
    }
    free(line);
    if (rc != 0) {
        fprintf(stderr, "dump: a line is no {\"text\": ...}, or no memory\n");
    }
    return rc != 0;
}
