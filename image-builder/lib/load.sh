# shellcheck shell=sh
# Sources the library that the initramfs and the running system share. SEALROOT_LIB is the directory that lib/,
# initramfs/ and agent/ are in, here as in the image and in the initrd.

# load DIRECTORY PART...: sources these files of a directory below SEALROOT_LIB. A file that is missing ends the shell:
# half a library would be found out in the middle of a boot.
load() {
    local directory="$SEALROOT_LIB/$1" part=''
    shift
    for part in "$@"; do
        # shellcheck source=/dev/null
        . "$directory/$part.sh" || exit 1
    done
}

load lib environment check console hex json secrets entropy config imds jws message http backoff
