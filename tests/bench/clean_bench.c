/* Seconds that the HTML parser alone takes for the pages whose paths are read from stdin.
 */
#include "clean/buffer.h"
#include "clean/charset.h"
#include "clean/dom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int read_page(const char *path, buffer_t *page)
{
    char part[65536];
    buffer_t bytes = {0};
    charset_note_t note;
    fault_t fault = {0};
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return -1;
    }
    for (size_t got; (got = fread(part, 1, sizeof part, file)) > 0;) {
        buffer_add(&bytes, part, got);
    }
    fclose(file);
    int rc = charset_decode(buffer_text(&bytes), bytes.len, NULL, page, &note, &fault);
    buffer_close(&bytes);
    return rc;
}

int main(void)
{
    char path[4096];
    double seconds = 0;
    while (fgets(path, sizeof path, stdin) != NULL) {
        path[strcspn(path, "\n")] = '\0';
        buffer_t page = {0};
        fault_t fault = {0};
        if (read_page(path, &page) != 0) {
            return 1;
        }
        double before = now_s();
        dom_t *dom = dom_parse(buffer_text(&page), page.len, &fault);
        seconds += now_s() - before;
        dom_destroy(&dom);
        buffer_close(&page);
    }
    printf("%.6f\n", seconds);
    return 0;
}
