import { render } from 'preact';
import { explain, isFile, showEmbedded } from './data/session';
import { t } from './languages/translate';
import { App } from './shell/App';
import './styles/theme.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/matrix.css';
import './styles/provenance.css';
import './styles/walk.css';
import './styles/attention.css';
import './styles/search.css';
import './styles/labs.css';

if (isFile) showEmbedded();
else void explain({ text: new URLSearchParams(location.search).get('text') ?? t('ask.example') });

const place = window.document.getElementById('page');
if (place !== null) render(<App />, place);
