#include "gateway/assets.h"

#include <string.h>

#define CSS "text/css; charset=utf-8"
#define HTML "text/html; charset=utf-8"
#define JS "text/javascript; charset=utf-8"
#define JSON "application/json"
#define SVG "image/svg+xml"
#define TEXT "text/plain; charset=utf-8"

/* Symbol, name, type, path from the top of the tree; sorted by name. */
/* clang-format off */
#define FILES(X)                                                                           \
    X(app_css, "app.css", CSS, "services/gateway/page/app.css")                            \
    X(app_js, "app.js", JS, "services/gateway/page/app.js")                                \
    X(dashboard_js, "dashboard.js", JS, "services/gateway/page/dashboard.js")              \
    X(demo_js, "demo.js", JS, "services/gateway/page/demo.js")                             \
    X(icon_svg, "icon.svg", SVG, "services/gateway/page/icon.svg")                         \
    X(index_html, "index.html", HTML, "services/gateway/page/index.html")                  \
    X(openapi_json, "openapi.json", JSON, "services/gateway/openapi.json")                 \
    X(s01_harbour_bridge_html, "samples/01-harbour-bridge.html", HTML, "tests/samples/01-harbour-bridge.html")\
    X(s02_quarterly_results_html, "samples/02-quarterly-results.html", HTML, "tests/samples/02-quarterly-results.html")\
    X(s03_council_library_html, "samples/03-council-library.html", HTML, "tests/samples/03-council-library.html")\
    X(s04_cup_final_html, "samples/04-cup-final.html", HTML, "tests/samples/04-cup-final.html")\
    X(s05_hochwasser_html, "samples/05-hochwasser.html", HTML, "tests/samples/05-hochwasser.html")\
    X(s06_telescopio_html, "samples/06-telescopio.html", HTML, "tests/samples/06-telescopio.html")\
    X(s07_tsunagari_html, "samples/07-tsunagari.html", HTML, "tests/samples/07-tsunagari.html")\
    X(s08_cable_live_html, "samples/08-cable-live.html", HTML, "tests/samples/08-cable-live.html")\
    X(s09_wildfire_txt, "samples/09-wildfire.txt", TEXT, "tests/samples/09-wildfire.txt")  \
    X(s10_rail_strike_txt, "samples/10-rail-strike.txt", TEXT, "tests/samples/10-rail-strike.txt")\
    X(s11_vaccine_trial_txt, "samples/11-vaccine-trial.txt", TEXT, "tests/samples/11-vaccine-trial.txt")\
    X(s12_chess_txt, "samples/12-chess.txt", TEXT, "tests/samples/12-chess.txt")           \
    X(s13_water_law_txt, "samples/13-water-law.txt", TEXT, "tests/samples/13-water-law.txt")
/* clang-format on */

/* The assembler puts the file's bytes between two symbols. */
#define DEFINE(symbol, name, type, path)                                                   \
    __asm__(".section .rodata\n"                                                           \
            "asset_" #symbol ": .incbin \"" path "\"\n"                                    \
            "asset_" #symbol "_end: .byte 0\n"                                             \
            ".previous\n");                                                                \
    extern const char asset_##symbol[], asset_##symbol##_end[];
FILES(DEFINE)

#define ROW(symbol, name, type, path) {name, type, asset_##symbol, asset_##symbol##_end},
static const struct {
    const char *name, *type, *begin, *end;
} files[] = {FILES(ROW)};

enum { COUNT = sizeof files / sizeof files[0] };

const asset_t *assets_at(size_t i)
{
    static asset_t all[COUNT];
    if (i >= COUNT) {
        return NULL;
    }
    all[i] = (asset_t){files[i].name, files[i].type, files[i].begin,
                       (size_t)(files[i].end - files[i].begin)};
    return &all[i];
}

const asset_t *assets_find(const char *name)
{
    const asset_t *file = NULL;
    for (size_t i = 0; (file = assets_at(i)) != NULL && strcmp(file->name, name) != 0;) {
        i++;
    }
    return file;
}
