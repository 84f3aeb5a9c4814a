"""What the tests submit: made from a number, so that whoever starts again makes the same."""
import base64
import glob
import os

PAGES = os.environ.get("PAGES", os.path.join(os.path.dirname(__file__), "..", "samples"))
EMPTY_EVERY = 20   # each 20th article has nothing to say and ends in the dead letters
PAGE_EVERY = 10    # each 10th is a page, the others are short texts


def read_pages():
    pages = []
    for path in sorted(glob.glob(f"{PAGES}/**/*.*", recursive=True)):
        with open(path, "rb") as file:
            content = file.read()
        if path.endswith(".txt"):
            pages.append({"text": content.decode()})
        elif path.endswith(".html"):
            pages.append({"html_base64": base64.b64encode(content).decode()})
    return pages


def is_empty(name):
    return int(name.rsplit("-", 1)[1]) % EMPTY_EVERY == EMPTY_EVERY - 1


class Supply:
    """Endless articles NAME-0, NAME-1 …; at(number) is one of them."""

    def __init__(self, name="article", first=0):
        self.name = name
        self.number = first
        self.pages = read_pages()

    def at(self, number):
        content = {"text": f"The river rose {number} centimetres on Monday, the council of Leeds "
                           f"said. Bridge number {number} was closed until Friday."}
        if number % PAGE_EVERY == 0:
            content = self.pages[number // PAGE_EVERY % len(self.pages)]
        name = f"{self.name}-{number}"
        return {"id": name, **({"text": ""} if is_empty(name) else content)}

    def next(self):
        self.number += 1
        return self.at(self.number - 1)
