#!/usr/bin/env bash
# Installs the Debian packages that the tests need, in one go; does nothing when all are there.
#   packages.sh [bench [peers]]    `bench` adds what bench/run.sh and bench/million.sh need, `peers` what bench/peers.sh does
set -euo pipefail

have() { command -v "$1" >/dev/null 2>&1; }
missing=()
need() { missing+=("$@"); }

compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || need postgresql-15
have cc || need gcc libc6-dev
have node || need nodejs
have npm || need npm
{ have python3 && python3 -c 'import venv, ensurepip'; } >/dev/null 2>&1 || need python3-venv
have curl || need curl
have openssl || need openssl
have zbarimg || need zbar-tools
# A real mail server, for notices.
/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null || need python3-aiosmtpd
# What reads the posters' PDF, and what it needs for Chinese whose font is not inside.
have pdftoppm || need poppler-utils
[ -d /usr/share/poppler/cMap ] || need poppler-data
have chromium || need chromium
have strace || need strace
have promtool || need prometheus
have faketime || need faketime
have shellcheck || need shellcheck
# What docs/samples is written in: Java, C#, PHP, C and C++ (bash, Python and Node.js are above).
{ have javac && have java; } || need openjdk-17-jdk-headless
{ have mcs && have mono && compgen -G '/usr/lib/mono/gac/System.Net.Http/*'; } >/dev/null 2>&1 ||
  need mono-mcs mono-runtime libmono-system-net-http4.0-cil
{ have php && php -r 'exit(function_exists("curl_init") ? 0 : 1);'; } >/dev/null 2>&1 || need php-cli php-curl
have g++ || need g++
[ -e /usr/include/openssl/evp.h ] || need libssl-dev
compgen -G '/usr/include/*/curl/curl.h' >/dev/null || need libcurl4-openssl-dev
# libFuzzer, and what it is linked with.
compgen -G '/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a' >/dev/null || need libclang-rt-14-dev
compgen -G '/usr/lib/gcc/*/*/libstdc++.so' >/dev/null || need libstdc++-12-dev
# Only the tools: systemd need not run.
have systemd-analyze || need systemd
have docker-compose || need docker-compose
[ -e /etc/ssl/certs/ca-certificates.crt ] || need ca-certificates
# Without the zone files TZ=Asia/Shanghai silently means UTC.
[ -e /usr/share/zoneinfo/Asia/Shanghai ] || need tzdata
# Without this font every Chinese character in a screenshot is an empty box.
compgen -G '/usr/share/fonts/opentype/noto/NotoSansCJK*' >/dev/null || need fonts-noto-cjk
if [ "${1:-}" = bench ]; then
  have wrk || need wrk
  have jq || need jq
fi
if [ "${2:-}" = peers ]; then
  have ejabberdctl || need ejabberd
fi

if [ ${#missing[@]} -eq 0 ]; then
  echo 'all Debian packages are present'
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if have sudo && sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
  else
    echo "These Debian packages are missing and this user may not install them: ${missing[*]}" >&2
    echo "Ask an administrator for:  apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
fi
if ! have apt-get; then
  echo "This is not a Debian system; install what these Debian packages carry: ${missing[*]}" >&2
  exit 1
fi

echo "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
lock=(-o DPkg::Lock::Timeout=300)
# The timeout above covers dpkg's lock only; the one of the package lists is tried again here.
for try in 1 2 3 4 5 6; do
  if "${as_root[@]}" apt-get "${lock[@]}" -q update; then break; fi
  [ "$try" -lt 6 ] || exit 1
  sleep 10
done
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get "${lock[@]}" -q install -y --no-install-recommends "${missing[@]}"
