"""What people install today: summaries by sumy and keywords by YAKE and RAKE. Runs in the venv
of peers_summarise.txt, started by summarise.py: JSON lines in, JSON lines out.

    peers_summarise.py summaries NAME COUNT    {"sentences": […]} → [sentence, …]
    peers_summarise.py keywords NAME COUNT     {"text": …}        → [phrase, …]

The last line out is the seconds that the peer itself took.
"""
import json
import sys
import time


class Splitter:
    """sumy's own tokenizer has to download a model; these sentences come split."""

    def __init__(self, sentences):
        self.sentences = sentences

    def to_sentences(self, _):
        return self.sentences

    def to_words(self, sentence):
        import re
        return tuple(re.findall(r"[^\W\d_][\w'’-]*", sentence))


def summariser(name):
    from sumy.nlp.stemmers import Stemmer
    from sumy.summarizers.lex_rank import LexRankSummarizer
    from sumy.summarizers.lsa import LsaSummarizer
    from sumy.summarizers.text_rank import TextRankSummarizer
    from sumy.utils import get_stop_words
    made = {"textrank": TextRankSummarizer, "lexrank": LexRankSummarizer,
            "lsa": LsaSummarizer}[name](Stemmer("english"))
    made.stop_words = get_stop_words("english")
    return made


def summaries(name, count):
    from sumy.parsers.plaintext import PlaintextParser
    made = summariser(name)

    def answer(item):
        parser = PlaintextParser.from_string("x", Splitter(item["sentences"]))
        return [str(sentence) for sentence in made(parser.document, count)]
    return answer


def keywords(name, count):
    if name.startswith("yake"):
        import yake
        made = yake.KeywordExtractor(lan="en", n=int(name[-1]), top=count)
        return lambda item: [phrase for phrase, _ in made.extract_keywords(item["text"])]
    from multi_rake import Rake
    rake = Rake(language_code="en")
    return lambda item: [phrase for phrase, _ in rake.apply(item["text"])[:count]]


def main():
    what, name, count = sys.argv[1:]
    answer = {"summaries": summaries, "keywords": keywords}[what](name, int(count))
    seconds = 0.0
    for line in sys.stdin:
        item = json.loads(line)
        start = time.process_time()
        answers = answer(item)
        seconds += time.process_time() - start
        print(json.dumps(answers))
    print(seconds)


if __name__ == "__main__":
    main()
