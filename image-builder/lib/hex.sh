# shellcheck shell=sh
# Bytes as hex and back, by the shell's own printf: what passes through here may be a key, and the arguments of a program
# can be read by every process.

# octal BYTE: appends the escape of a byte (0 to 255) to OCTAL, for printf %b.
octal() {
    OCTAL="$OCTAL\\0$(($1 >> 6))$(($1 >> 3 & 7))$(($1 & 7))"
}

# hex_bytes HEX: prints the bytes.
hex_bytes() {
    local hex="$1"
    OCTAL=''
    while [ -n "$hex" ]; do
        octal "0x${hex%"${hex#??}"}"
        hex=${hex#??}
    done
    printf %b "$OCTAL"
}

# file_hex FILE: prints the bytes of a file as hex.
file_hex() {
    od -An -v -tx1 <"$1" | tr -d ' \n'
}
