import type { Command } from 'commander';
import type { Action } from '../program.ts';
export function addGuardCommands(_program: Command, _action: Action): void {}
