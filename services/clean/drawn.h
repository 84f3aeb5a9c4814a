/* Drawn: pages whose body scripts draw from text that they carry along.
 *
 * Frameworks put the article's HTML as a string into a script (self.__next_f.push,
 * __NEXT_DATA__, window.__STATE__ …), beside a body that says next to nothing. */
#ifndef CLEAN_DRAWN_H
#define CLEAN_DRAWN_H

#include "clean/buffer.h"
#include "clean/dom.h"

#include <stdbool.h>

/* If `page`, which was parsed as dom, has hardly any text outside of its scripts and one of
 * them holds paragraphs of HTML in a string, replaces its body by them. True if it did;
 * then dom is no longer of that page. On no memory the page stays as it is. */
bool drawn_rebuild(const dom_t *dom, buffer_t *page);

#endif
