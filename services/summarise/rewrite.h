/* Rewrite: a summary in a chat model's own words, held against the article. */
#ifndef SUMMARISE_REWRITE_H
#define SUMMARISE_REWRITE_H

#include "summarise/chat.h"
#include "summarise/settings.h"

#include <jansson.h>

/* Lets the model write and adds to `summary`, an extractive one, what holds: `generated`,
 * sentences with the places of the article that each rests on, `dropped`, those that the
 * article does not bear out or that the budget has no room for, each with its reason, and
 * `model`; `mode` becomes "chat". If there is no answer or nothing of it holds, `mode`
 * stays "extractive" and `fault` says why. The extractive sentences stand in both cases.
 *
 * asked: text, title and is_alive of the article; the rest is set from the settings. clean:
 * the section, for its lang. 0, or -1: no memory. */
int rewrite_summary(json_t *summary, chat_t *chat, const chat_article_t *asked,
                    const json_t *clean, const settings_t *settings);

#endif
