# Sourced by the scripts beside it: finds Python and uv, and keeps .venv as requirements.lock says.
# It sets $root (the checkout) and $venv; it changes neither the working directory nor the shell.

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
venv=$root/.venv
lock=$root/requirements.lock

say() { printf '%s\n' "$*" >&2; }
fail() {
    say "$*"
    exit 1
}

# The first Python of at least 3.11: $PYTHON, or what the path offers, newest name first.
find_python() {
    seen=
    for candidate in "${PYTHON:-}" python3.14 python3.13 python3.12 python3.11 python3 python; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 || continue
        version=$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            python=$candidate
            return
        fi
        seen="${seen:+$seen, }$candidate is $version"
    done
    fail "Derrick needs Python 3.11 or newer (${seen:-none was found}). Install it, or name it: PYTHON=/path/to/python3 $0"
}

# uv from the path, or a private one at the version and with the hashes that the lock names.
find_uv() {
    if command -v uv >/dev/null 2>&1; then
        uv=uv
        return
    fi
    uv=$venv/.uv/bin/uv
    [ -x "$uv" ] && return
    say "Installing uv into .venv/.uv ..."
    "$python" -m venv "$venv/.uv" ||
        fail "Python's own venv does not work here. On Debian: apt-get install python3-venv"
    awk '/^uv==/ { inside = 1 } inside { print } inside && !/\\$/ { exit }' "$lock" >"$venv/.uv/uv.lock"
    "$venv/.uv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
        --requirement "$venv/.uv/uv.lock" ||
        fail "uv could not be installed: the package index was not reached. A first start needs it; later ones do not."
}

# What an environment must have been made from to be used again as it is.
environment_stamp() {
    printf '%s %s %s\n' "$1" "$root" "$("$venv/bin/python" -c 'import sys; print(sys.version)')"
    cat "$lock"
}

is_current() {
    [ -x "$venv/bin/derrick" ] && [ -f "$venv/.derrick-$1" ] &&
        environment_stamp "$1" 2>/dev/null | cmp -s - "$venv/.derrick-$1"
}

# prepare_environment runtime|dev: what is installed comes from the lock, version and hash.
prepare_environment() {
    is_current "$1" && return
    [ "$1" = runtime ] && is_current dev && return
    find_python
    # Somewhere to cache even where there is no home directory.
    [ -n "${HOME:-}" ] && [ -w "$HOME" ] || export UV_CACHE_DIR="${UV_CACHE_DIR:-$venv/.uv-cache}" HOME="$venv"
    export UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS="${CI:+1}"
    [ -n "$UV_NO_PROGRESS" ] || unset UV_NO_PROGRESS
    if [ -e "$venv" ] && ! "$venv/bin/python" -c '' 2>/dev/null; then
        say "The environment in .venv no longer works; making it anew."
        rm -rf "$venv"
    fi
    [ -x "$venv/bin/python" ] || "$python" -m venv --without-pip "$venv" ||
        fail "The environment $venv could not be made."
    find_uv
    say "Installing the locked packages into .venv (once; a few hundred MB) ..."
    group=
    [ "$1" = dev ] && group="--group=$root/pyproject.toml:dev"
    rm -f "$venv/.derrick-$1"
    "$uv" pip install --python "$venv/bin/python" ${group:+"$group"} --editable "$root" \
        --constraint "$lock" --build-constraint "$lock" ||
        fail "The packages could not be installed. If the index was not reached, try again with a connection; what is installed already is kept."
    environment_stamp "$1" >"$venv/.derrick-$1.new"
    mv "$venv/.derrick-$1.new" "$venv/.derrick-$1"
}
