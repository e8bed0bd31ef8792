"""Why does a patient not get a message, in the words of a nurse?"""

_REASONS = {
    "not-in-audience": "not in the audience on that day",
    "no-longer-needed": "no longer needed (“until” is true)",
    "campaign-stopped": "the campaign is paused or stopped",
    "opted-out": "they wish to get no messages, or there is nowhere to write to",
    "no-consent": "they have not agreed to messages",
    "silenced": "such messages are off after a reported pregnancy or loss",
    "hold": "the clinic's hold is in force",
    "stopped-taking": "they said that they stopped taking capsules",
    "paused": "they paused such messages",
    "late": "its time had run out before it could be sent",
    "no-answer": "no answer was expected any more",
    "in-a-dialogue": "they were in the middle of something else",
    "folded": "told together with another message",
    "budget": "too many messages on that day",
    "no-cover": "nobody at the clinic could answer then",
}


def plain_reason(code: str | None) -> str:
    """Why it is not sent; a code that has no words stays as it is."""
    return _REASONS.get(code, code.replace("-", " ")) if code else "nowhere to write to"
