#!/usr/bin/env bash
# Makes the sample sounds of the page and of the tests from ../shared/audio. Needs ffmpeg. Licences: fixtures/audio/CREDITS.md.
set -euo pipefail
cd "$(dirname "$0")/.."
src=../shared/audio
wav() { ffmpeg -v error -y "${@:3}" -i "$src/$1.ogg" -ac 1 -ar 16000 -c:a pcm_s16le "fixtures/audio/$2.wav"; }
mkdir -p fixtures/audio public/samples
wav esc10/dog_2-122104-A dog
wav esc10/crying_baby_1-211527-A crying-baby
wav noisekun/rain rain -ss 20 -t 12
mp3=(-ac 1 -ar 32000 -c:a libmp3lame -b:a 64k)
for name in dog crying-baby rain; do
  ffmpeg -v error -y -i "fixtures/audio/$name.wav" "${mp3[@]}" "public/samples/$name.mp3"
done
ffmpeg -v error -y -i fixtures/audio/rain.wav -i fixtures/audio/dog.wav -i fixtures/audio/crying-baby.wav \
  -i "$src/esc10/helicopter_5-177957-C.ogg" -t 9 -i "$src/sonic_pi/loop_tabla.ogg" \
  -filter_complex '[0]aresample=16000[a];[1]aresample=16000[b];[2]aresample=16000[c];[3]aresample=16000[d];[4]aresample=16000[e];[a][b][c][d][e]concat=n=5:v=0:a=1' \
  "${mp3[@]}" public/samples/half-a-minute.mp3
