/* Any bytes are a page within its bounds, or a fault with a reason. */
#include "client/warc_http.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MAX = 1 << 16, STEP = 1 << 18 };
    warc_http_t page;
    fault_t fault = {0};
    int rc = warc_http_read(&page, (const char *)data, size, MAX, &fault);
    if (rc == 1) {
        assert(page.len > 0 && page.body[page.len] == '\0');
        assert(page.len <= size || page.len <= MAX + STEP);
    }
    assert((rc < 0) == (fault.kind != FAULT_NONE));
    warc_http_close(&page);
    return 0;
}
