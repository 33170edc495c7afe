#!/bin/sh
# Fuzzes the lexer, the readers of layouts, the connection strings and the readers of files, one after the other, guided by coverage.
#   SECONDS_EACH=600   how long each
#   TARGET=Lexer       one of Lexer, Layouts, Connections, CSV, NDJSON alone
# What reaches new code is kept in Fuzzing/Corpus, made small; an input that does harm is written to Fuzzing/crash-….
set -eu
cd "$(dirname "$0")/.."

seconds=${SECONDS_EACH:-600}
swift=$(command -v swift)
# Of the libraries all code is to be counted, so the flags are for every module.
flags="-Xswiftc -sanitize=fuzzer -Xswiftc -enable-testing -Xswiftc -parse-as-library"

for target in ${TARGET:-Lexer Layouts Connections CSV NDJSON}; do
    "$swift" build -c release --package-path Fuzzing --scratch-path Fuzzing/.build --product "Fuzz$target" $flags
    corpus=Fuzzing/Corpus/$(echo "$target" | tr '[:upper:]' '[:lower:]')
    found=$(mktemp -d)
    trap 'rm -rf "$found"' EXIT
    cp "$corpus"/* "$found"/
    Fuzzing/.build/release/Fuzz"$target" "$found" "$corpus" \
        -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 \
        -artifact_prefix=Fuzzing/crash- -print_final_stats=1 -use_value_profile=1
    # Only what reaches further code is added: with how often it is reached there would be four times as many.
    small=$(mktemp -d)
    Fuzzing/.build/release/Fuzz"$target" -merge=1 -use_counters=0 -max_len=4096 "$small" "$corpus" "$found"
    cp -n "$small"/* "$corpus"/
    rm -rf "$small" "$found"
done
