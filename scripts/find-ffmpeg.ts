/**
 * Where an ffmpeg is that tests may make files with: `EARSHOT_FFMPEG`, along PATH, and at last Debian's package, installed when we are
 * root on Debian. Null without one, said aloud: tests that need it are skipped.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { ffmpegPath } from '../cli/ffmpeg.ts';

export function findFfmpeg(): string | null {
  const found = ffmpegPath() ?? installed();
  if (!found) {
    console.warn(
      'No ffmpeg: media files for tests cannot be made, and what needs them is SKIPPED. Set EARSHOT_FFMPEG.',
    );
  }
  return found;
}

function installed(): string | null {
  const debianRoot =
    process.platform === 'linux' &&
    process.getuid?.() === 0 &&
    existsSync('/etc/debian_version') &&
    !process.env['EARSHOT_FFMPEG'];
  if (!debianRoot) return null;
  console.log('No ffmpeg found; installing the Debian package "ffmpeg".');
  const run = (...args: string[]): boolean =>
    spawnSync('apt-get', args, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
      .status === 0;
  return run('update') && run('install', '-y', 'ffmpeg') ? ffmpegPath() : null;
}
