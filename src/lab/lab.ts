import type { Backend, LabUser } from './etc.ts';
import { type Ended, type RunOptions, runProgram } from './program.ts';

/**
 * A fleet in network namespaces of this machine: gateways with a real sshd and a real iptables each, a controller and
 * a client in front of them, web servers and a desk behind them.
 */
export interface Lab {
  readonly id: string;
  readonly folder: string;
  readonly inventoryFile: string;
  readonly knownHostsFile: string;
  /** The private key that root and operator of every gateway and of the desk accept. */
  readonly keyFile: string;
  readonly gateways: readonly LabGateway[];
  readonly desk: LabDesk;
  readonly backends: readonly LabBackend[];
  /**
   * The argv that runs a program in a place. At the controller, the client and a backend only the network differs
   * from this machine; in a gateway and at the desk also files, processes and host name, and the working directory is `/`.
   */
  command(place: string, argv: readonly string[]): string[];
  /** Runs a program in a place to its end and collects what it printed; the code is nsenter's if the lab is gone. */
  exec(place: string, argv: readonly string[], options?: RunOptions): Promise<Ended>;
}

export type LabGateway = {
  readonly name: string;
  /** On the WAN: where sshd answers, and what clients connect to. */
  readonly address: string;
  readonly address6: string;
  readonly lanAddress: string;
  readonly lanAddress6: string;
  readonly backend: Backend;
};

/** A client in the LAN, with an sshd. What it sends leaves through the first gateway. */
export type LabDesk = {
  readonly name: string;
  /** On the LAN. */
  readonly address: string;
  readonly address6: string;
  /** Where the controller, and nobody else, reaches it past the gateways. */
  readonly sideAddress: string;
  readonly backend: Backend;
};

/** A web server on the LAN that answers with its name. */
export type LabBackend = { readonly name: string; readonly address: string; readonly address6: string };

export const STATE_VERSION = 2;

/** What `state.json` in the lab's folder holds; it is written when the lab is complete. */
export type LabState = {
  readonly version: typeof STATE_VERSION;
  readonly id: string;
  /** The lab's first process. */
  readonly pid: number;
  readonly madeAt: string;
  readonly user: LabUser;
  readonly gateways: readonly (LabGateway & { readonly pid: number })[];
  readonly desk: LabDesk & { readonly pid: number };
  readonly backends: readonly LabBackend[];
};

/** All labs live here; the folder of each carries its id. Only root can look inside. */
export const LABS_FOLDER = '/run/sluice-lab';

/** Where the files of a lab are. */
export function labFiles(id: string) {
  const folder = `${LABS_FOLDER}/${id}`;
  return {
    folder,
    inventoryFile: `${folder}/inventory`,
    knownHostsFile: `${folder}/known_hosts`,
    keyFile: `${folder}/id_ed25519`,
    stateFile: `${folder}/state.json`,
    logFile: `${folder}/log`,
  };
}

/** What a place's programs had to say while it started; an sshd goes on writing there. */
export function placeLog(id: string, place: string): string {
  return `${labFiles(id).folder}/places/${place}/log`;
}

/** Opens a lab that stands. */
export function openLab({ id, pid, gateways, desk, backends }: LabState): Lab {
  const { folder, inventoryFile, knownHostsFile, keyFile } = labFiles(id);
  const networks = new Set(['controller', 'client', ...backends.map(({ name }) => name)]);

  function command(place: string, argv: readonly string[]): string[] {
    if (networks.has(place)) return ['nsenter', networkOption(pid, place), '--', ...argv];
    const machine = [...gateways, desk].find(({ name }) => name === place);
    if (machine === undefined) throw new RangeError(`lab ${id} has no place ${JSON.stringify(place)}`);
    return [
      'nsenter',
      '--target',
      `${machine.pid}`,
      networkOption(pid, place),
      '--mount',
      '--uts',
      '--pid',
      '--',
      ...argv,
    ];
  }

  return {
    id,
    folder,
    inventoryFile,
    knownHostsFile,
    keyFile,
    gateways: gateways.map(withoutPid),
    desk: withoutPid(desk),
    backends,
    command,
    exec: (place, argv, options) => runProgram(command(place, argv), options),
  };
}

function withoutPid<T extends { readonly pid: number }>({ pid: _, ...place }: T): Omit<T, 'pid'> {
  return place;
}

/**
 * The nsenter option for a place's network: by name, below the lab's first process. Once the lab is gone the path is
 * too, and nothing can run elsewhere by mistake.
 */
export function networkOption(pid: number, place: string): string {
  return `--net=/proc/${pid}/root/run/netns/${place}`;
}
