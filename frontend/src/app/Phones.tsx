import { me } from '../state/store';
import { t } from '../words';

/** The other side's telephone, for when this page does not do. `owners`: of the cameras in question, where known. */
export function Phones({ owners = [] }: { owners?: readonly string[] }) {
  const side = me.value?.organisation.side;
  const others = me.value?.partners.filter((one) => one.side !== side) ?? [];
  const meant = others.filter((one) => owners.includes(one.id));
  return (
    <>
      {(meant.length > 0 ? meant : others).map((one) => (
        <span key={one.id} class="phone">
          {t('call')} {one.short_name} : <a href={`tel:${one.phone.replace(/\s/g, '')}`}>{one.phone}</a>{' '}
        </span>
      ))}
    </>
  );
}
