-- The expiry outlook: certificates that were seen at reception, by the card's keyed hash. Days (YYYY-MM-DD) are Japan's.
CREATE TABLE expiry_outlook (
    card_key   TEXT NOT NULL PRIMARY KEY,
    medium     TEXT NOT NULL,
    not_after  TEXT NOT NULL,
    good_until TEXT NOT NULL,
    seen_on    TEXT NOT NULL
);

CREATE INDEX expiry_outlook_by_day ON expiry_outlook (not_after, card_key);
CREATE INDEX expiry_outlook_by_end ON expiry_outlook (good_until);
