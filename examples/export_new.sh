#!/bin/bash
# Exports what is new in a ledger since the last run, exactly once: each run leaves one file of JSON lines, named
# by the positions of its first and last record, and goes on behind the last file. The names are all the state
# there is, and a file appears whole or not at all, so a run that was killed at any moment is just run again.
#
#   examples/export_new.sh LEDGERCTL LEDGER DIRECTORY
set -euo pipefail

ledgerctl=$1 ledger=$2 directory=$3
mkdir -p "$directory"
rm -f "$directory"/.new.*

last=0
for file in "$directory"/*.jsonl; do
    [ -e "$file" ] || continue
    name=${file##*-}
    end=$((10#${name%.jsonl}))
    [ "$end" -le "$last" ] || last=$end
done

made=$directory/.new.$$
"$ledgerctl" --dir "$ledger" follow --after "$last" --json >"$made"
count=$(wc -l <"$made")
if [ "$count" -eq 0 ]; then
    rm "$made"
    echo "nothing new after position $last"
    exit 0
fi
# Positions have no gaps, so the last one follows from the number of lines.
name=$(printf '%020d-%020d.jsonl' $((last + 1)) $((last + count)))
sync "$made"
mv "$made" "$directory/$name"
sync "$directory"
echo "$count records after position $last: $name"
