// library.ts says what of it is used.
declare module "net-snmp";
