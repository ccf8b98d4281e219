/** The process in which a core and an AEF are soaked. */
import { serving } from './served.ts';
import { soakedRoles } from './soaked-roles.ts';

const { place, commands } = await soakedRoles();
serving(place, commands);
