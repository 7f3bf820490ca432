import { t, unspoken } from '../words';

/** The language somebody chose cannot be had yet: said in both, for who reads only that one. */
export const Unspoken = () =>
  unspoken.value && (
    <span class="pill lost" role="alert">
      {t('unspoken')}
    </span>
  );
