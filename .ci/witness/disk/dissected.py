#!/usr/bin/env python3
"""What dissect.ntfs reads of a file: its content's digest, and its descriptor's numbers. `dissected.py VOLUME PATH...`"""

import hashlib
import sys

from dissect.ntfs import NTFS

with open(sys.argv[1], "rb") as volume:
    ntfs = NTFS(volume)
    for path in sys.argv[2:]:
        record = ntfs.mft.get(path)
        digest = hashlib.sha256(record.open().read()).hexdigest()
        number = record.attributes.STANDARD_INFORMATION[0].security_id
        aces = []
        if number:
            for ace in ntfs.secure.lookup(number).dacl.ace:
                aces.append(f"{ace.mask:#x} {ace.sid}")
        print(path, digest, number, *aces, sep="\t")
