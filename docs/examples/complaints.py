"""Makes complaints.csv: 24 late deliveries in sixty days, then four; invented."""

from __future__ import annotations

import csv
import sys
from datetime import date, timedelta

WORDS = (
    "The pump came two weeks late and nobody called.",
    "Promised for Monday, delivered on Friday.",
    "We waited with the crane and no lorry came.",
    "Late again: our line stood still for five hours.",
)
START = date(2025, 6, 2)
DAYS = [*range(-58, -10, 2), 44, 55, 63, 76]

writer = csv.writer(sys.stdout, lineterminator="\n")
writer.writerow(["number", "received", "category", "title", "complainant", "e-mail"])
for number, day in enumerate(DAYS, start=1):
    received = f"{START + timedelta(days=day)} 09:00"
    words = WORDS[number % len(WORDS)]
    writer.writerow(
        [f"C-{number:03d}", received, "Late delivery", words, f"Buyer {number}", f"buyer{number}@example.org"]
    )
