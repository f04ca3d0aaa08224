import type { Command } from 'commander';
import type { Action } from '../program.ts';
export function addSshCommands(_program: Command, _action: Action): void {}
