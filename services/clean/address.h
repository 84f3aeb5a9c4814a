/* Address: URLs of a page made whole. */
#ifndef CLEAN_ADDRESS_H
#define CLEAN_ADDRESS_H

/* href as it leads from the page at base (RFC 3986, section 5.2; base may be NULL). The
 * caller frees it; NULL: no memory, or it is relative and base does not say to what, or it
 * leads to nothing on the web, or has over 2000 bytes. */
char *address_resolve(const char *base, const char *href);

#endif
