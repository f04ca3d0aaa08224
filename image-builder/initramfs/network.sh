# shellcheck shell=sh
# Brings one interface up by DHCP, in bounded time. Not initramfs-tools' configure_networking: that one can wait for
# eight minutes, sources what a DHCP server said, and differs between Debian (ipconfig) and Ubuntu (dhcpcd).

# network_up: sets INTERFACE; writes resolv.conf. Returns 1 with OUTCOME.
network_up() {
    network_interface || return 1
    ip link set dev "$INTERFACE" up || :
    if ! network_lease; then
        network_down
        OUTCOME="no answer from DHCP on $INTERFACE"
        return 1
    fi
    network_resolver
}

# network_interface: sets INTERFACE to the first Ethernet interface that udev has finished with, and waits up to 30 s
# for one. Returns 1 with OUTCOME.
network_interface() {
    local tries=15 link='' type=''
    modprobe -qa virtio_net ena ixgbevf 2>/dev/null || :
    command -v udevadm >/dev/null && udevadm settle --timeout=10
    while [ "$tries" -gt 0 ]; do
        for link in "$SEALROOT_SYS"/class/net/*; do
            INTERFACE=${link##*/}
            case $INTERFACE in
            lo | '*' | *[!A-Za-z0-9._-]*) continue ;;
            esac
            # 1 is ARPHRD_ETHER; only real devices have a parent.
            [ -e "$link/device" ] && read -r type <"$link/type" && [ "$type" = 1 ] && return 0
        done
        sleep 2
        tries=$((tries - 1))
    done
    OUTCOME='no network interface'
    return 1
}

# network_lease: an address for INTERFACE. Returns 1 when there was none in time.
network_lease() {
    rm -f -- "/run/net-$INTERFACE.conf"
    if command -v dhcpcd >/dev/null; then
        timeout -k 2 35 dhcpcd -1 -4 -K -L -t 30 "$INTERFACE" >"$SEALROOT_RUN/dhcp.log" 2>&1
    else
        timeout -k 2 35 ipconfig -t 30 -c dhcp -d "$INTERFACE" >"$SEALROOT_RUN/dhcp.log" 2>&1
    fi && ip -4 addr show dev "$INTERFACE" | grep -q ' inet '
}

# network_resolver: name servers that DHCP named (ipconfig and Ubuntu's dhcpcd hook write the same file), else the
# resolver every VPC has. The file is read line by line: its values come from the network.
network_resolver() {
    local name='' value=''
    : >"$SEALROOT_RESOLV_CONF"
    if [ -r "/run/net-$INTERFACE.conf" ]; then
        while IFS='=' read -r name value; do
            value=${value#[\"\']}
            value=${value%[\"\']}
            case $name:$value in
            IPV4DNS[01]:0.0.0.0 | IPV4DNS[01]: | IPV4DNS[01]:*[!0-9.]*) ;;
            IPV4DNS[01]:*) printf 'nameserver %s\n' "$value" >>"$SEALROOT_RESOLV_CONF" ;;
            esac
        done <"/run/net-$INTERFACE.conf"
    fi
    [ -s "$SEALROOT_RESOLV_CONF" ] || echo 'nameserver 169.254.169.253' >"$SEALROOT_RESOLV_CONF"
    echo 'options timeout:2 attempts:2' >>"$SEALROOT_RESOLV_CONF"
}

# network_down: takes address and lease file away, so that the running system starts from a clean interface and cloud-init
# is not misled by our lease.
network_down() {
    local link='' name=''
    for link in "$SEALROOT_SYS"/class/net/*; do
        name=${link##*/}
        [ "$name" != lo ] && [ -e "$link/device" ] || continue
        ip addr flush dev "$name" 2>/dev/null || :
        ip link set dev "$name" down 2>/dev/null || :
        rm -f -- "/run/net-$name.conf"
    done
}
