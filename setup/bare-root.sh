#!/usr/bin/env bash
# A machine that has nothing: a minimal root of this machine's own distribution with Node and npm alone, and a clean
# clone of HEAD in it. What works there needs nothing that is not looked for and installed. As root.
#
#   bare-root.sh usable [SUITE]            says on stdout why no root can be made here, and fails; or says nothing
#   bare-root.sh make DIRECTORY [SUITE]    makes one, of this machine's release or another. In a directory of root's alone:
#                                          it has what this machine knows to reach apt's and npm's registries
#   bare-root.sh run DIRECTORY COMMAND...  runs a command in the clone, in mount and process namespaces of its own:
#                                          what it has mounted or left running ends with it, however it ends
set -euo pipefail

# shellcheck source=/dev/null
. /etc/os-release
CACHE=/var/cache/sealroot
CLONE=/root/sealroot
DAYS=7 # A base that is older is made anew.

# sources: this machine's package indices of its own distribution and release, one a line: URI, suite, component.
sources() {
    apt-get indextargets --format "\$(REPO_URI) \$(RELEASE) \$(COMPONENT)" 'Created-By: Packages' |
        while read -r uri release component; do
            case $release in
            "$VERSION_CODENAME" | "$VERSION_CODENAME"[-/]*) printf '%s %s %s\n' "$uri" "$release" "$component" ;;
            esac
        done | sort -u
}

# mirror: the archive that debootstrap is to use.
mirror() {
    sources | while read -r uri release component; do
        if [ "$release $component" = "$VERSION_CODENAME main" ]; then printf '%s\n' "$uri" && break; fi
    done
}

isolated() {
    # setpriv: whoever kills this script ends what it runs as well.
    setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child "$@"
}

# node_program, npm_directory: what is to be copied.
node_program() { readlink -f "$(command -v node)"; }
npm_directory() { dirname "$(dirname "$(readlink -f "$(command -v npm)")")"; } # .../npm/bin/npm-cli.js

usable() {
    if [ "$(id -u)" != 0 ]; then
        printf 'this user is not root\n'
    elif ! isolated mount --bind / /mnt 2>/dev/null; then
        printf 'this user may not make namespaces and mounts\n'
    elif ldd "$(node_program)" | grep -q libnode || [ ! -d "$(npm_directory)/node_modules" ]; then
        printf "Node and npm here are spread over the system's packages, and cannot be copied\n"
    else
        case $(mirror) in
        http://* | https://*) return 0 ;;
        *) printf 'apt names no mirror of %s main that debootstrap could use\n' "$VERSION_CODENAME" ;;
        esac
    fi
    return 1
}

# make_base SUITE: an archive of the minimal system, whose path is then in BASE; by debootstrap, unless there is a recent
# one.
make_base() {
    local include='' from key tree
    from=$(mirror)
    # A machine with such a mirror has this package, whatever else it lacks.
    case $from in https://*) include=ca-certificates ;; esac
    key=$(printf '%s\n' "$from" "$1" "$(dpkg --print-architecture)" "$(cat "$0")" | sha256sum | cut -c 1-16)
    BASE=$CACHE/$1-$key.tar
    [ -d "$CACHE" ] || mkdir -m 0700 "$CACHE"
    if [ ! -O "$CACHE" ]; then
        printf '%s belongs to somebody else\n' "$CACHE" >&2
        return 1
    fi
    exec 9>"$CACHE/lock"
    flock 9
    if [ -z "$(find "$BASE" -mtime "-$DAYS" 2>/dev/null)" ]; then
        node "$(dirname "$0")/prepare.mjs" bare >&2
        rm -rf --one-file-system "$CACHE"/tree "$CACHE/$1"-*.tar
        tree=$CACHE/tree
        mkdir "$tree"
        # debootstrap mounts in its tree.
        if ! isolated --mount-proc debootstrap --variant=minbase ${include:+"--include=$include"} \
            --keyring="/usr/share/keyrings/$ID-archive-keyring.gpg" "$1" "$tree" "$from" >"$CACHE/log" 2>&1 </dev/null; then
            tail -n 20 "$CACHE/log" >&2
            return 1
        fi
        tar -C "$tree" --one-file-system --numeric-owner --xattrs --xattrs-include='*' -cf "$BASE.new" .
        mv "$BASE.new" "$BASE"
        rm -rf --one-file-system "$tree"
    fi
}

# copy_file PATH: a file of this machine to the same place in the root.
copy_file() { [ ! -f "$1" ] || install -D -m 0644 -- "$1" "$root$1"; }

# copy_apt SUITE: how this machine's apt reaches its mirror, and whom it trusts.
copy_apt() {
    local directory
    rm -rf "$root/etc/apt/sources.list" "$root/etc/apt/sources.list.d"
    mkdir -p "$root/etc/apt/sources.list.d"
    sources | sed "s/^/deb /; s/ $VERSION_CODENAME\([ -/]\)/ $1\1/" >"$root/etc/apt/sources.list.d/machine.list"
    apt-config dump --format '%f "%v";%n' |
        grep -E '^Acquire::(https?|ftp|Check-|Retries|Force)' >"$root/etc/apt/apt.conf.d/00machine" || :
    for directory in trusted.gpg.d auth.conf.d; do
        [ ! -d "/etc/apt/$directory" ] || cp -an "/etc/apt/$directory/." "$root/etc/apt/$directory/"
    done
}

# copy_node: Node, npm, and npm's configuration with the files that it names. Nothing else that npm has installed.
copy_node() {
    local lib=$root/usr/local/lib/node_modules etc=$root/usr/local/etc file
    install -D -m 0755 -- "$(node_program)" "$root/usr/local/bin/node"
    mkdir -p "$lib" "$etc"
    cp -a -- "$(npm_directory)" "$lib/npm"
    ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
    ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
    for file in "$(npm config get globalconfig)" "$(npm config get userconfig)"; do
        [ ! -f "$file" ] || { cat "$file" && printf '\n'; }
    done >"$etc/npmrc"
    printf 'registry=%s\n' "$(npm config get registry)" >>"$etc/npmrc"
    copy_file "$(npm config get cafile)"
    copy_file "${NODE_EXTRA_CA_CERTS:-}"
}

make() {
    local suite=${2:-$VERSION_CODENAME}
    root=$1
    make_base "$suite"
    mkdir -p "$root"
    tar -C "$root" --numeric-owner --xattrs --xattrs-include='*' -xpf "$BASE"
    flock -u 9
    cat /etc/resolv.conf >"$root/etc/resolv.conf"
    printf '127.0.0.1 localhost\n' >"$root/etc/hosts"
    copy_apt "$suite"
    copy_node
    git clone -q -- "$(dirname "$0")/.." "$root$CLONE"
}

# The environment is new, but for what says how to reach the registries.
run() {
    root=$1
    shift
    # shellcheck disable=SC2016  # for the shell in the namespaces
    isolated bash -euc '
        root=$1 clone=$2
        shift 2
        # A root that is no mount is none of which programs in it can make namespaces.
        mount --bind "$root" "$root"
        mount -t proc proc "$root/proc"
        mount -t sysfs sysfs "$root/sys"
        mount --rbind /dev "$root/dev"
        mount -t tmpfs -o mode=0755 tmpfs "$root/run"
        exec env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            SEALROOT_BARE_ROOT=yes ${CI:+"CI=$CI"} ${NODE_EXTRA_CA_CERTS:+"NODE_EXTRA_CA_CERTS=$NODE_EXTRA_CA_CERTS"} \
            ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} \
            ${no_proxy:+"no_proxy=$no_proxy"} \
            chroot "$root" sh -c "cd $clone && \"\$@\"; exit \$?" sh "$@"' bash "$root" "$CLONE" "$@"
}

case ${1:-} in
usable) usable ;;
make | run) "$@" ;;
*)
    sed -n '2,11s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
