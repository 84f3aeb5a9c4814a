/* HTTP guard: which addresses a request may connect to that somebody else's URL asks for.
 *
 * It is asked when the socket is made, with the address that connect will get, so that no
 * spelling of an address and no change of the DNS between a look and a connect matters. */
#ifndef RUNTIME_HTTP_GUARD_H
#define RUNTIME_HTTP_GUARD_H

#include <stdbool.h>
#include <sys/socket.h>

enum { HTTP_GUARD_TEXT_MAX = 64 };

/* True for a public unicast address (the IANA special-purpose registries, RFC 6890 and
 * later, name those that are not): no loopback, private, link-local, shared, multicast,
 * documentation or reserved one, nor one of these inside an IPv6 address (mapped, NAT64,
 * 6to4, Teredo). */
bool http_guard_is_public(const struct sockaddr *address);

/* Public, or one of `allow`: addresses as text, closed by NULL; NULL: none. */
bool http_guard_allows(const struct sockaddr *address, const char *const *allow);

/* The address as text, without port. */
void http_guard_show(char out[HTTP_GUARD_TEXT_MAX], const struct sockaddr *address);

#endif
