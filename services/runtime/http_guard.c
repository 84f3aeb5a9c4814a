#include "runtime/http_guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static bool is_public_v4(uint32_t address)
{
    static const struct {
        uint32_t net;
        int bits;
    } others[] = {
        {0x00000000, 8},  /* 0.0.0.0/8: this network */
        {0x0a000000, 8},  /* 10.0.0.0/8: private */
        {0x64400000, 10}, /* 100.64.0.0/10: shared by carriers */
        {0x7f000000, 8},  /* 127.0.0.0/8: loopback */
        {0xa9fe0000, 16}, /* 169.254.0.0/16: link-local, and the clouds' metadata */
        {0xac100000, 12}, /* 172.16.0.0/12: private */
        {0xc0000000, 24}, /* 192.0.0.0/24: protocol assignments */
        {0xc0000200, 24}, /* 192.0.2.0/24: documentation */
        {0xc0586300, 24}, /* 192.88.99.0/24: 6to4 relays */
        {0xc0a80000, 16}, /* 192.168.0.0/16: private */
        {0xc6120000, 15}, /* 198.18.0.0/15: benchmarks */
        {0xc6336400, 24}, /* 198.51.100.0/24: documentation */
        {0xcb007100, 24}, /* 203.0.113.0/24: documentation */
        {0xe0000000, 4},  /* 224.0.0.0/4: multicast */
        {0xf0000000, 4},  /* 240.0.0.0/4: reserved, broadcast */
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if ((address ^ others[i].net) >> (32 - others[i].bits) == 0) {
            return false;
        }
    }
    return true;
}

static bool begins(const struct in6_addr *address, const char *prefix, unsigned bits)
{
    struct in6_addr net;
    inet_pton(AF_INET6, prefix, &net);
    for (unsigned bit = 0; bit < bits; bit++) {
        unsigned mask = 0x80u >> (bit % 8);
        if (((address->s6_addr[bit / 8] ^ net.s6_addr[bit / 8]) & mask) != 0) {
            return false;
        }
    }
    return true;
}

static uint32_t v4_at(const struct in6_addr *address, size_t at)
{
    uint32_t inner;
    memcpy(&inner, address->s6_addr + at, sizeof inner);
    return ntohl(inner);
}

static bool is_public_v6(const struct in6_addr *address)
{
    if (IN6_IS_ADDR_V4MAPPED(address) || begins(address, "64:ff9b::", 96)) {
        return is_public_v4(v4_at(address, 12));
    }
    return begins(address, "2000::", 3) && /* global unicast: all that is handed out */
           !begins(address, "2001::", 23) && !begins(address, "2001:db8::", 32) &&
           !begins(address, "2002::", 16) && !begins(address, "3fff::", 20);
}

bool http_guard_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        return is_public_v4(
            ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
    }
    return address->sa_family == AF_INET6 &&
           is_public_v6(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
}

void http_guard_show(char out[HTTP_GUARD_TEXT_MAX], const struct sockaddr *address)
{
    const void *bytes = NULL;
    if (address->sa_family == AF_INET) {
        bytes = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
    } else if (address->sa_family == AF_INET6) {
        bytes = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    }
    if (bytes == NULL ||
        inet_ntop(address->sa_family, bytes, out, HTTP_GUARD_TEXT_MAX) == NULL) {
        snprintf(out, HTTP_GUARD_TEXT_MAX, "address family %d", address->sa_family);
    }
}

bool http_guard_allows(const struct sockaddr *address, const char *const *allow)
{
    char text[HTTP_GUARD_TEXT_MAX];
    http_guard_show(text, address);
    for (size_t i = 0; allow != NULL && allow[i] != NULL; i++) {
        if (strcmp(allow[i], text) == 0) {
            return true;
        }
    }
    return http_guard_is_public(address);
}
