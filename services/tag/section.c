#include "tag/section.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tag/links.h"
#include "tag/money.h"
#include "tag/tense.h"
#include "text/utf8.h"

/* What is gathered of one entity. */
typedef struct {
    uint32_t first;            /* its first mention */
    const watch_row_t *listed; /* what the user calls it; NULL: nothing */
    uint32_t longest;          /* the mention that names it */
    uint32_t count;
    uint32_t number;
    double salience;
    json_t *mentions; /* owned until it is written */
} item_t;

static json_t *text_of(const section_t *self, uint32_t start, uint32_t end)
{
    return json_stringn(tokens_text(self->tokens) + start, end - start);
}

static json_t *mention_json(const section_t *self, const mention_t *mention,
                            utf8_ruler_t *ruler)
{
    size_t start = utf8_ruler_at(ruler, mention->start);
    size_t end = utf8_ruler_at(ruler, mention->end);
    return json_pack("{s:I, s:I, s:o}", "start", (json_int_t)start, "end", (json_int_t)end,
                     "text", text_of(self, mention->start, mention->end));
}

/* Names of people lose the title in front: "President Biden" is called "Biden". */
static void name_span(const section_t *self, const mention_t *mention, uint32_t *start,
                      uint32_t *end)
{
    uint32_t first, last;
    mention_core(self->tokens, mention, &first, &last);
    *start = tokens_at(self->tokens, first)->start;
    *end = tokens_at(self->tokens, last - 1)->end;
}

static bool is_better_name(const section_t *self, uint32_t a, uint32_t b)
{
    uint32_t start, end, start_b, end_b;
    name_span(self, &self->mentions->all[a], &start, &end);
    name_span(self, &self->mentions->all[b], &start_b, &end_b);
    return end - start > end_b - start_b;
}

static bool in_title(const section_t *self, const item_t *item)
{
    uint32_t start, end;
    name_span(self, &self->mentions->all[item->first], &start, &end);
    const char *text = tokens_text(self->tokens);
    return self->title != NULL &&
           memmem(self->title, strlen(self->title), text + start, end - start) != NULL;
}

static bool is_name(kind_t kind)
{
    return kind != KIND_DATE && kind != KIND_MONEY && kind != KIND_PERCENT;
}

static void weigh(const section_t *self, item_t *item)
{
    const mention_t *first = &self->mentions->all[item->first];
    double share = (double)item->count / (double)self->mentions->count;
    double early = 1.0 - (double)first->start / (double)self->len;
    double weight = 0.55 * sqrt(share) + 0.25 * early * early + 0.2 * in_title(self, item);
    weight *= is_name(first->kind) ? 1 : 0.3;
    item->salience = round(weight * 1000) / 1000;
}

static int gather(const section_t *self, item_t *items)
{
    utf8_ruler_t ruler = utf8_ruler(tokens_text(self->tokens), self->len);
    for (uint32_t i = 0; i < self->mentions->count; i++) {
        item_t *item = &items[self->groups->of[i]];
        if (item->count++ == 0) {
            item->number = self->groups->of[i];
            item->first = item->longest = i;
            item->mentions = json_array();
        }
        if (is_better_name(self, i, item->longest)) {
            item->longest = i;
        }
        if (item->listed == NULL) {
            item->listed = self->mentions->all[i].listed;
        }
        if (json_array_append_new(
                item->mentions, mention_json(self, &self->mentions->all[i], &ruler)) != 0) {
            return -1;
        }
    }
    return 0;
}

static int by_salience(const void *a, const void *b)
{
    const item_t *x = a, *y = b;
    if (x->salience != y->salience) {
        return x->salience > y->salience ? -1 : 1;
    }
    return (x->number > y->number) - (x->number < y->number);
}

static bool is_turn(const section_t *self, size_t i)
{
    return tokens_is(self->tokens, i, "last") || tokens_is(self->tokens, i, "next") ||
           tokens_is(self->tokens, i, "this");
}

/* With what stands around the mention "September": "last September", "September last year".
 */
static void expression_of(const section_t *self, const mention_t *mention, uint32_t *start,
                          uint32_t *end)
{
    *start = mention->start;
    *end = mention->end;
    if (mention->last + 1 < tokens_count(self->tokens) && is_turn(self, mention->last) &&
        tokens_is(self->tokens, mention->last + 1, "year")) {
        *end = tokens_at(self->tokens, mention->last + 1)->end;
    } else if (mention->first > 0 && is_turn(self, mention->first - 1)) {
        *start = tokens_at(self->tokens, mention->first - 1)->start;
    }
}

static bool date_of(const section_t *self, const mention_t *mention,
                    char out[DATES_VALUE_MAX])
{
    uint32_t start, end;
    expression_of(self, mention, &start, &end);
    return dates_resolve(tokens_text(self->tokens) + start, end - start, self->published,
                         tense_around(self->tokens, mention), out);
}

/* What a date or an amount means; NULL: nothing to say, or no memory. */
static json_t *value_of(const section_t *self, const mention_t *mention)
{
    const char *text = tokens_text(self->tokens) + mention->start;
    size_t len = mention->end - mention->start;
    char day[DATES_VALUE_MAX];
    money_t money;
    if (mention->kind == KIND_DATE && date_of(self, mention, day)) {
        return json_string(day);
    }
    if (mention->kind == KIND_MONEY && money_read(text, len, self->dollar, &money)) {
        return json_pack("{s:f, s:s*}", "amount", money.amount, "currency",
                         money.currency[0] != 0 ? money.currency : NULL);
    }
    return NULL;
}

static json_t *name_of(const section_t *self, const item_t *item)
{
    uint32_t start, end;
    if (item->listed != NULL) {
        return json_string(item->listed->label);
    }
    name_span(self, &self->mentions->all[item->longest], &start, &end);
    return text_of(self, start, end);
}

static json_t *item_json(const section_t *self, item_t *item)
{
    const mention_t *named = &self->mentions->all[item->longest];
    mention_t linked = *named;
    kind_t kind = self->mentions->all[item->first].kind;
    if (item->listed != NULL) {
        linked.listed = item->listed;
        kind = item->listed->kind;
    }
    json_t *json =
        json_pack("{s:I, s:s, s:o, s:f, s:I, s:o, s:o}", "id", (json_int_t)item->number + 1,
                  "type", kind_name(kind), "name", name_of(self, item), "salience",
                  item->salience, "count", (json_int_t)item->count, "links",
                  links_find(self->gazetteer, self->tokens, &linked, kind), "mentions",
                  item->mentions);
    item->mentions = NULL; /* json's, or freed with it */
    json_t *value = value_of(self, named);
    if (json != NULL && value != NULL) {
        json_object_set(json, "value", value);
    }
    json_decref(value);
    return json;
}

static json_t *items_json(const section_t *self, item_t *items, size_t count)
{
    json_t *list = json_array();
    qsort(items, count, sizeof *items, by_salience);
    for (size_t i = 0; i < count; i++) {
        if (json_array_append_new(list, item_json(self, &items[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* What a reader of the result has to know of how it came about; NULL: nothing. */
static json_t *note_of(const section_t *self)
{
    if (!self->lang_supported) {
        return json_sprintf(
            "no model reads the language \"%s\": well-known names of a list "
            "and percentages were found, and may mean something else",
            self->lang);
    }
    return self->read_len < self->len
               ? json_string("the text is longer than max_chars: what stands behind "
                             "read_until was not read")
               : NULL;
}

/* Takes list. */
static json_t *head_json(const section_t *self, json_t *list)
{
    utf8_ruler_t ruler = utf8_ruler(tokens_text(self->tokens), self->len);
    json_t *until = self->read_len < self->len
                        ? json_integer((json_int_t)utf8_ruler_at(&ruler, self->read_len))
                        : NULL;
    return json_pack("{s:s, s:b, s:o*, s:o*, s:o}", "offset_unit", "codepoint",
                     "lang_supported", self->lang_supported, "read_until", until, "note",
                     note_of(self), "items", list);
}

json_t *section_write(const section_t *self)
{
    json_t *list = NULL;
    size_t count = self->groups->count;
    item_t *items = calloc(count + 1, sizeof *items);
    if (items != NULL && gather(self, items) == 0) {
        for (size_t i = 0; i < count; i++) {
            weigh(self, &items[i]);
        }
        list = items_json(self, items, count);
    }
    for (size_t i = 0; items != NULL && i < count; i++) {
        json_decref(items[i].mentions);
    }
    free(items);
    return list == NULL ? NULL : head_json(self, list);
}
