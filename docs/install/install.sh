#!/bin/sh
# Installs a release on a Linux server: sh install.sh tongdai-0.1.0-py3-none-any.whl requirements.lock
# Run as root. What is there already stays: run it again after a mistake.
set -eu
wheel=$1 lock=$2 root=${TONGDAI_ROOT:-/opt/tongdai}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
name=$(basename -- "$wheel" -py3-none-any.whl)
id tongdai >/dev/null 2>&1 || useradd --system --home-dir /var/lib/tongdai --shell /usr/sbin/nologin tongdai
install -d -m 0755 "$root" "$root/releases"
install -d -m 0700 -o tongdai -g tongdai /var/lib/tongdai
install -d -m 0750 -o root -g tongdai /etc/tongdai
python3 -m venv "$root/releases/$name"
"$root/releases/$name/bin/python" -m pip install --quiet --require-hashes -r "$lock"
"$root/releases/$name/bin/python" -m pip install --quiet --no-deps "$wheel"
ln -sfn "releases/$name" "$root/current"
ln -sfn "$root/current/bin/tongdai" /usr/local/bin/tongdai
install -m 0644 "$here/tongdai.service" "$here/tongdai@.service" /etc/systemd/system/
systemctl daemon-reload
echo "Đã cài $name. Tiếp theo: tongdai setup --web --folder /srv/tongdai-moi, rồi làm theo docs/install/README.md."
