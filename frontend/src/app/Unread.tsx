import { unread } from '../state/store';
import { t } from '../words';
import { Phones } from './Phones';

/** In place of a room that was not read yet: an empty one would say that nothing happens. */
export function Unread() {
  const why = unread.value;
  if (why === null)
    return (
      <p class="notice" role="status">
        {t('loading')}
      </p>
    );
  return (
    <div class="notice" role="alert">
      <p>{t('roomUnread')}</p>
      {why.problem !== null && <p class="muted">{why.message}</p>}
      <p>
        <Phones />
      </p>
    </div>
  );
}
