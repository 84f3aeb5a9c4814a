/* Doubles: text that a page carries twice, for small screens and large. */
#ifndef CLEAN_DOUBLES_H
#define CLEAN_DOUBLES_H

#include "clean/blocks.h"

/* Removes (reasons[i] is set) the blocks in a row, of those that stay, that say the same as
 * blocks in a row before them. A line that comes again by itself may be meant, and stays.
 * 0, or -1: no memory. */
int doubles_drop(const blocks_t *blocks, const char **reasons);

#endif
