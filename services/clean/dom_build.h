/* DOM building: what the parser's side calls while a page is read; private to dom. */
#ifndef CLEAN_DOM_BUILD_H
#define CLEAN_DOM_BUILD_H

#include "clean/dom.h"
#include "clean/dom_skim.h"

/* False: a bound was met or memory ran out; stop. An element's attributes follow it. */
bool dom_build_open(dom_t *self, const char *name);
bool dom_build_attribute(dom_t *self, const char *name, const char *value, size_t len);
void dom_build_close(dom_t *self);
bool dom_build_text(dom_t *self, const char *text, size_t len);

/* Written by the parser's side: 0, or -1 for no memory. */
int dom_build_read(dom_t *self, const dom_skim_t *skim);

#endif
