// Initiation (RFC 7854 §4.3): the first message of a connection.

import { BMP, bmpMessage, informationText } from "./bmp-message.ts";

const SYS_DESCR = 1;
const SYS_NAME = 2;

export interface Initiation {
  readonly systemName: string;
  readonly systemDescription: string;
}

export function initiation({ systemName, systemDescription }: Initiation): Uint8Array {
  return bmpMessage(
    BMP.INITIATION,
    informationText(SYS_DESCR, systemDescription),
    informationText(SYS_NAME, systemName),
  );
}
