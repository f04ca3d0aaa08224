# shellcheck shell=sh
# Mixes what this instance knows into the kernel's pool. Writing credits nothing, so nothing here can weaken it:
# it makes two clones of one image differ even when both start with an empty pool.

# entropy_local: addresses, serial numbers, counters and times of this machine.
entropy_local() {
    local source=''
    {
        for source in "$SEALROOT_SYS"/class/net/*/address "$SEALROOT_SYS"/class/dmi/id/* \
            "$SEALROOT_PROC/sys/kernel/random/boot_id" "$SEALROOT_PROC/interrupts" "$SEALROOT_PROC/timer_list" \
            "$SEALROOT_PROC/uptime" "$SEALROOT_PROC/cmdline" "$SEALROOT_PROC/diskstats"; do
            [ ! -f "$source" ] || cat "$source"
        done
        date +%s%N
    } >"$SEALROOT_DEV/urandom" 2>/dev/null || :
}

# entropy_file FILE: mixes a file in, the instance's documents or the server's 64 bytes.
entropy_file() {
    { cat "$1" >"$SEALROOT_DEV/urandom"; } 2>/dev/null || :
}

# random_below N: sets RANDOM_BELOW to 0..N-1 (N up to 2^31; the bias does not matter to a backoff).
random_below() {
    local random=0
    random=$(od -An -N4 -tu4 /dev/urandom)
    RANDOM_BELOW=$((random % $1))
}
