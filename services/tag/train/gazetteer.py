#!/usr/bin/python3
"""Names for the gazetteer, as lines for `train names`.

    gazetteer.py DATA/ner/gazetteer > names.tsv

Cities get their GeoNames ids from Debian's libgeonames0, which must be installed. KIND, rank (0 to 7: how well known), QID or 0, GeoNames id or 0, ISO code, lat, lon,
population, name, further names; tabs between. Sources and licences: model/MODEL.md.
"""
import ast
import csv
import ctypes
import gzip
import math
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

# Aliases so common as words that they would hide more than they find.
COMMON = {"who", "us", "it", "may", "march", "will", "for", "the", "id", "apple pie"}


def rows(path):
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from (line.rstrip("\r\n").split("\t") for line in file)


def put(kind, rank, names, qid=0, geoname=0, code="", lat=0, lon=0, population=0):
    names = [name.strip() for name in names]
    names = list(dict.fromkeys(n for n in names if n and "\t" not in n))
    if names:
        print(kind, min(7, max(0, int(rank))), qid, geoname, code, lat, lon, population,
              *names, sep="\t")


def has_capital(name):
    return any(c.isupper() for c in name) or not name.isascii()


def own_rows():
    """areas.tsv, written for this project: (kind, code, names)."""
    with open(os.path.join(HERE, "areas.tsv"), encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                kind, code, names = line.rstrip("\n").split("\t")
                yield kind, "" if code == "-" else code, names.split("|")


def countries(folder):
    more = {code: names for kind, code, names in own_rows() if kind == "COUNTRY"}
    with gzip.open(os.path.join(folder, "country_codes.csv.gz"), "rt",
                   encoding="utf-8") as file:
        for row in csv.DictReader(file):
            code = row["ISO3166-1-Alpha-2"].strip()
            qid = re.search(r"Q(\d+)$", row["wikidata_id"] or "")
            names = [row[key] or "" for key in ("CLDR display name", "UNTERM English Short",
                                                "official_name_en", "UNTERM English Formal")]
            names = [re.sub(r" ?\([^)]*\)$", "", n) for n in names]
            names = [re.sub(r"^the ", "", n) for n in names]
            names.append(names[0].replace("&", "and").replace("St. ", "Saint "))
            names += more.get(code, [])
            number = row["Geoname ID"] or "0"
            put("COUNTRY", 7, names, qid.group(1) if qid else 0,
                number if number.isdigit() else 0, code)


def geonames():
    """{(name, country): [(id, lat, lon)]} of the cities that libgeonames carries."""
    glib = ctypes.CDLL("libgio-2.0.so.0")
    library = ctypes.CDLL("libgeonames.so.0")
    library.geonames_get_city.restype = ctypes.c_void_p  # a GVariant, id and all
    glib.g_variant_print.restype = ctypes.c_char_p
    found = {}
    for i in range(library.geonames_get_n_cities()):
        city = ctypes.c_void_p(library.geonames_get_city(i))
        number, name, *_, code, _, _, _, lat, lon = ast.literal_eval(
            glib.g_variant_print(city, 0).decode())
        found.setdefault((name, code), []).append((int(number), lat, lon))
    return found


def nearest(places, lat, lon):
    """The id of the place that lies within 25 km or so, or 0."""
    at = min(places, key=lambda p: abs(p[1] - lat) + abs(p[2] - lon), default=None)
    return at[0] if at and abs(at[1] - lat) + abs(at[2] - lon) < 0.25 else 0


def cities(folder):
    known = geonames()
    for name, other, lat, lon, code, population in rows(
            os.path.join(folder, "geonames_cities15000.tsv.gz")):
        people = int(population or 0)
        if len(name) > 2:
            put("CITY", math.log10(max(people, 1)) - 1, [name, other],
                geoname=nearest(known.get((name, code), []), float(lat), float(lon)),
                code=code, lat=lat, lon=lon, population=people)


def things(folder):
    for qid, kind, links, label, *alias in rows(
            os.path.join(folder, "wikidata_orgs_products.tsv.gz")):
        names = [label] + (alias[0].split("|") if alias and alias[0] else [])
        names = [n for n in names if has_capital(n) and n.lower() not in COMMON and
                 len(n) > 1]
        names += [n[4:] for n in names if n.lower().startswith("the ") and len(n) > 8]
        put("ORG" if kind == "organization" else "PRODUCT",
            math.log2(max(int(links), 1)), names, qid[1:])


def people(folder):
    for qid, _, name, title in rows(os.path.join(folder, "us_legislators.tsv.gz")):
        put("PERSON", 4, [name, re.sub(r" \(.*", "", title)], qid[1:])


def own_list():
    for kind, code, names in own_rows():
        if kind != "COUNTRY" or code == "XK":  # Kosovo has no row of its own there
            put(kind, 6, names, code=code)


def main():
    folder = sys.argv[1]
    countries(folder)
    own_list()
    cities(folder)
    things(folder)
    people(folder)


if __name__ == "__main__":
    main()
