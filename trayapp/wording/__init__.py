"""Every sentence for people, and nothing else: no Qt, no decision. Values from core come in, words go out."""
